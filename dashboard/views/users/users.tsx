import './users.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { User } from '../../api-types.ts'
import { AdminsOnly } from '../../components/admins-only.tsx'
import { Button } from '../../components/button.tsx'
import { Paged } from '../../components/paged.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { showToast } from '../../components/toast.tsx'
import { dateText } from '../../format.ts'
import { user } from '../../session.ts'
import { PageHead } from '../../shell.tsx'
import { usePages } from '../../use-pages.ts'
import { limitsText } from './limits.ts'
import { NewUser } from './new-user.tsx'
import { UserView } from './user.tsx'

/** The list of users, or the page of one. For administrators only. */
export function Users({ id }: { id: string }) {
  if (user.value?.role !== 'admin')
    return <AdminsOnly title="Users" what="create users and set their limits" />
  return id === '' ? <UserList /> : <UserView key={id} id={id} />
}

function UserList() {
  const pages = usePages((cursor, signal) => api.users(cursor, signal))
  const [creating, setCreating] = useState(false)
  const created = ({ email }: User) => {
    setCreating(false)
    showToast(`${email} can sign in now`)
    pages.reload()
  }
  return (
    <>
      <PageHead title="Users">
        <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
          New user
        </Button>
      </PageHead>
      <Paged pages={pages} empty={null}>
        {accounts => <Table caption="Users" columns={columns} rows={accounts} keyOf={({ id }) => id} />}
      </Paged>
      {creating && <NewUser onCreated={created} onClose={() => setCreating(false)} />}
    </>
  )
}

const columns: readonly Column<User>[] = [
  {
    title: 'Email',
    cell: ({ id, email }) => (
      <>
        <a href={`/users/${id}`}>{email}</a> {id === user.value?.id && <span class="badge">you</span>}
      </>
    ),
  },
  {
    title: 'Role',
    cell: ({ role }) => (role === 'admin' ? <span class="badge retiring">administrator</span> : 'member'),
  },
  {
    title: 'State',
    cell: ({ disabled }) => (
      <span class={`badge ${disabled ? 'disabled' : 'active'}`}>{disabled ? 'disabled' : 'active'}</span>
    ),
  },
  { title: 'Limits', kind: 'text', cell: ({ limits }) => limitsText(limits) },
  { title: 'Created', cell: ({ createdAt }) => dateText(createdAt) },
]

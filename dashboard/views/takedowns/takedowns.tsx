import './takedowns.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Takedown } from '../../api-types.ts'
import { AdminsOnly } from '../../components/admins-only.tsx'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Paged } from '../../components/paged.tsx'
import { State } from '../../components/state.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { UserName } from '../../components/user-name.tsx'
import { countText, dateText } from '../../format.ts'
import { user } from '../../session.ts'
import { PageHead } from '../../shell.tsx'
import { usePages } from '../../use-pages.ts'
import { NewTakedown } from './new-takedown.tsx'

/** Contents that no user can store. For administrators only. */
export function Takedowns() {
  if (user.value?.role !== 'admin') {
    return <AdminsOnly title="Takedowns" what="block contents for all users" />
  }
  return <TakedownList />
}

function TakedownList() {
  const pages = usePages((cursor, signal) => api.takedowns(cursor, signal))
  const [creating, setCreating] = useState(false)
  const [lifting, setLifting] = useState<Takedown | undefined>(undefined)
  const created = (images: number) => {
    setCreating(false)
    showToast(`Taken down: ${countText(images, 'image')} deleted`)
    pages.reload()
  }
  const lift = async ({ sha256 }: Takedown) => {
    setLifting(undefined)
    try {
      await api.liftTakedown(sha256)
      showToast('Takedown lifted')
    } catch (error) {
      showError(error)
    }
    pages.reload()
  }
  return (
    <>
      <PageHead title="Takedowns">
        <Button kind="primary" icon="takedowns" onClick={() => setCreating(true)}>
          Take down
        </Button>
      </PageHead>
      <Paged pages={pages} empty={<NoTakedowns />}>
        {takedowns => (
          <Table
            caption="Takedowns"
            columns={columns(setLifting)}
            rows={takedowns}
            keyOf={({ sha256 }) => sha256}
          />
        )}
      </Paged>
      {creating && <NewTakedown onCreated={created} onClose={() => setCreating(false)} />}
      {lifting && (
        <Confirm
          title="Lift this takedown?"
          action="Lift"
          onConfirm={() => lift(lifting)}
          onClose={() => setLifting(undefined)}
        >
          Users can upload this content again. The images that were deleted stay deleted.
        </Confirm>
      )}
    </>
  )
}

function columns(lift: (takedown: Takedown) => void): Column<Takedown>[] {
  return [
    { title: 'Reason', kind: 'text', cell: ({ reason }) => <span class="reason">{reason}</span> },
    {
      title: 'Content (SHA-256)',
      cell: ({ sha256 }) => <code title={sha256}>{`${sha256.slice(0, 16)}…`}</code>,
    },
    { title: 'By', cell: ({ by }) => <UserName id={by} /> },
    { title: 'Since', cell: ({ createdAt }) => dateText(createdAt) },
    {
      title: 'Actions',
      hideTitle: true,
      cell: takedown => (
        <div class="row-actions">
          <Button size="small" label={`Lift ${takedown.sha256.slice(0, 16)}`} onClick={() => lift(takedown)}>
            Lift
          </Button>
        </div>
      ),
    },
  ]
}

function NoTakedowns() {
  return (
    <State icon="takedowns" title="No takedowns">
      <p>
        A takedown deletes every image with the same content, of all users, and refuses uploads of it until it
        is lifted.
      </p>
    </State>
  )
}

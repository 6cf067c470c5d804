import './policies.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Policy } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Paged } from '../../components/paged.tsx'
import { State } from '../../components/state.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { dateText } from '../../format.ts'
import { user } from '../../session.ts'
import { PageHead } from '../../shell.tsx'
import { usePages } from '../../use-pages.ts'
import { NewPolicy } from './new-policy.tsx'
import { PolicyView } from './policy.tsx'
import { summaryOf } from './policy-form.ts'

/** The list of policies, or the page of one. */
export function Policies({ id }: { id: string }) {
  return id === '' ? <PolicyList /> : <PolicyView key={id} name={id} />
}

function PolicyList() {
  const pages = usePages((cursor, signal) => api.policies(cursor, signal))
  const [creating, setCreating] = useState(false)
  return (
    <>
      <PageHead title="Policies">
        <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
          New policy
        </Button>
      </PageHead>
      {user.value?.presetsOnly && (
        <p class="hint policies-note">
          Your image URLs may only use presets, also under a policy. A policy for you allows presets, and no
          operations.
        </p>
      )}
      <Paged pages={pages} empty={<NoPolicies />}>
        {policies => (
          <Table caption="Policies" columns={columns} rows={policies} keyOf={({ name }) => name} />
        )}
      </Paged>
      {creating && <NewPolicy onClose={() => setCreating(false)} />}
    </>
  )
}

const columns: readonly Column<Policy>[] = [
  { title: 'Name', cell: ({ name }) => <a href={`/policies/${name}`}>{name}</a> },
  { title: 'Allows', kind: 'text', cell: summaryOf },
  { title: 'Updated', cell: ({ updatedAt }) => dateText(updatedAt) },
]

function NoPolicies() {
  return (
    <State icon="policies" title="No policies yet">
      <p>
        A policy says which sizes, operations and formats one signature covers. A server signs an image once,
        and the page chooses its size in the browser, as Next.js, Nuxt Image, unpic and Astro do.
      </p>
    </State>
  )
}

import './audit.css'
import { useEffect } from 'preact/hooks'
import { api } from '../../api.ts'
import type { AuditEntry, AuditQuery } from '../../api-types.ts'
import { AdminsOnly } from '../../components/admins-only.tsx'
import { Button } from '../../components/button.tsx'
import { Paged } from '../../components/paged.tsx'
import { State } from '../../components/state.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { UserName } from '../../components/user-name.tsx'
import { dateText } from '../../format.ts'
import { query, setQuery } from '../../location.ts'
import { user } from '../../session.ts'
import { PageHead } from '../../shell.tsx'
import { usePages } from '../../use-pages.ts'
import { loadUserNames, userNames } from '../../user-names.ts'
import { AuditFilters } from './filters.tsx'

/** Who did what in the last year. For administrators only. */
export function Audit() {
  if (user.value?.role !== 'admin') return <AdminsOnly title="Audit" what="see who did what" />
  const filters = Object.fromEntries(query.value)
  return (
    <>
      <PageHead title="Audit" />
      <AuditFilters />
      <Entries key={query.value.toString()} filters={filters} />
    </>
  )
}

/** The filters as the API takes them: a user is typed as an email address or as an id. */
async function apiQuery({ action, by, subject, from, to }: Filters): Promise<AuditQuery> {
  if (by) await loadUserNames()
  const [userId = by] = [...userNames.value].find(([, email]) => email === by) ?? []
  return { action, userId, subject, from, to }
}

type Filters = Readonly<Partial<Record<'action' | 'by' | 'subject' | 'from' | 'to', string>>>

function Entries({ filters }: { filters: Filters }) {
  const pages = usePages(async (cursor, signal) =>
    api.audit({ ...(await apiQuery(filters)), cursor }, signal),
  )
  useEffect(() => {
    loadUserNames()
  }, [])
  const empty = Object.keys(filters).length === 0 ? <NoEntries /> : <NoMatches />
  return (
    <Paged pages={pages} empty={empty}>
      {entries => <Table caption="Audit log" columns={columns} rows={entries} keyOf={({ id }) => id} />}
    </Paged>
  )
}

const columns: readonly Column<AuditEntry>[] = [
  { title: 'When', cell: ({ at }) => <time dateTime={at}>{dateText(at)}</time> },
  {
    title: 'Who',
    cell: ({ userId, keyId }) => (
      <>
        {userId === null ? 'nobody signed in' : <UserName id={userId} />}
        {keyId && <span class="hint"> with key {keyId}</span>}
      </>
    ),
  },
  {
    title: 'Action',
    cell: ({ action }) => (
      <FilterButton name="action" value={action}>
        {action}
      </FilterButton>
    ),
  },
  { title: 'Subject', kind: 'text', cell: ({ subject }) => subject && <Subject subject={subject} /> },
  { title: 'Address', cell: ({ address }) => address },
]

function Subject({ subject }: { subject: string }) {
  const email = userNames.value.get(subject)
  return (
    <FilterButton name="subject" value={subject}>
      {email ?? subject}
    </FilterButton>
  )
}

interface FilterProps {
  readonly name: 'action' | 'subject'
  readonly value: string
  readonly children: string
}

/** A value that filters the list when it is clicked. */
function FilterButton({ name, value, children }: FilterProps) {
  return (
    <button
      type="button"
      class="audit-value"
      title={`Show only the ${name} ${children}`}
      onClick={() => setQuery({ [name]: value }, false)}
    >
      {children}
    </button>
  )
}

function NoEntries() {
  return (
    <State icon="audit" title="No entries yet">
      <p>Logins, changes of users and keys, deletions and takedowns are recorded here for a year.</p>
    </State>
  )
}

function NoMatches() {
  return (
    <State icon="search" title="No entries match">
      <Button onClick={() => setQuery({ action: '', by: '', subject: '', from: '', to: '' })}>
        Clear filters
      </Button>
    </State>
  )
}

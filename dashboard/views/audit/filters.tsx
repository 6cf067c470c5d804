import { SelectField, TextField } from '../../components/field.tsx'
import { query, setQuery } from '../../location.ts'
import { useQueryText } from '../../use-query-text.ts'
import { userNames } from '../../user-names.ts'

/** How long typing must pause before the list is filtered, in milliseconds. */
const debounceMs = 350

/** Kinds of actions: the first word of their names. */
const actions = [
  { value: '', label: 'All actions' },
  { value: 'login', label: 'Logins' },
  { value: 'login.failed', label: 'Failed logins' },
  { value: 'logout', label: 'Logouts' },
  { value: 'session', label: 'Stolen sessions' },
  { value: 'password', label: 'Passwords' },
  { value: 'user', label: 'Users' },
  { value: 'api-key', label: 'API keys' },
  { value: 'signing-key', label: 'Signing keys' },
  { value: 'webhook', label: 'Webhooks' },
  { value: 'image', label: 'Images' },
  { value: 'takedown', label: 'Takedowns' },
]

/** The filters of the audit log, which are kept in the URL. */
export function AuditFilters() {
  const action = query.value.get('action') ?? ''
  const isKnown = actions.some(({ value }) => value === action)
  return (
    <search class="audit-filters">
      <SelectField
        label="Action"
        choices={isKnown ? actions : [...actions, { value: action, label: action }]}
        value={action}
        onValue={value => setQuery({ action: value })}
      />
      <Filter name="by" label="Who" placeholder="email or user id" list="audit-users" />
      <datalist id="audit-users">
        {[...userNames.value.values()].slice(0, 200).map(email => (
          <option key={email} value={email} />
        ))}
      </datalist>
      <Filter name="subject" label="Subject" placeholder="id or name" />
      <Filter name="from" label="From" type="date" />
      <Filter name="to" label="To" type="date" />
    </search>
  )
}

interface FilterProps {
  readonly name: 'by' | 'subject' | 'from' | 'to'
  readonly label: string
  readonly type?: 'text' | 'date'
  readonly placeholder?: string
  readonly list?: string
}

/** A field that writes its value to the URL with a debounce, and follows changes of the URL. */
function Filter({ name, ...field }: FilterProps) {
  const [value, setValue] = useQueryText(name, debounceMs, text => text.trim())
  return <TextField {...field} autocomplete="off" value={value} onValue={setValue} />
}

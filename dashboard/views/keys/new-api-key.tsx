import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { ApiKey } from '../../api-types.ts'
import { Checks } from '../../components/check.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { SelectField, TextField } from '../../components/field.tsx'
import { user } from '../../session.ts'
import { useSubmit } from '../../use-submit.ts'

const scopes = ['images:read', 'images:write', 'sign', 'keys', 'usage', 'admin']
const defaultScopes = ['images:read', 'images:write', 'sign']
const lifetimes = [
  { value: '', label: 'Never' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
]
const dayMs = 86_400_000

interface NewKeyProps {
  readonly onCreated: (key: ApiKey) => void
  readonly onClose: () => void
}

/** The form for a new API key. */
export function NewApiKey({ onCreated, onClose }: NewKeyProps) {
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<readonly string[]>(defaultScopes)
  const [days, setDays] = useState('')
  const offered = scopes.filter(scope => scope !== 'admin' || user.value?.role === 'admin')
  const { submit, busy, error } = useSubmit(() => {
    const end = days === '' ? undefined : new Date(Date.now() + Number(days) * dayMs).toISOString()
    return api.createApiKey(name.trim(), chosen, end).then(onCreated)
  })
  return (
    <FormDialog
      title="New API key"
      action="Create"
      ready={!busy && name.trim() !== '' && chosen.length > 0}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label="Name"
        hint="What the key is for, such as shop server"
        maxLength={100}
        autofocus
        required
        error={error}
        value={name}
        onValue={setName}
      />
      <Checks
        label="Scopes"
        choices={offered.map(scope => ({ value: scope, label: scope }))}
        chosen={chosen}
        onChoose={setChosen}
      />
      <SelectField label="Expires" choices={lifetimes} value={days} onValue={setDays} />
    </FormDialog>
  )
}

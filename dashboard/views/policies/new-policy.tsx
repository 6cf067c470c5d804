import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import { Problem } from '../../calls.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Radios } from '../../components/radios.tsx'
import { navigate } from '../../location.ts'
import { useSubmit } from '../../use-submit.ts'
import { frameworks } from './frameworks.ts'

const templates = frameworks.map(({ name, label, summary }) => ({ value: name, label, hint: summary }))

/** The form for a new policy, which begins with the rules of a template. */
export function NewPolicy({ onClose }: { onClose: () => void }) {
  const [template, setTemplate] = useState(frameworks[0]?.name ?? '')
  const [typed, setTyped] = useState('')
  const name = typed.trim() || template
  const { submit, busy, error } = useSubmit(async () => {
    const rules = frameworks.find(one => one.name === template)?.rules ?? {}
    await refuseExisting(name)
    await api.putPolicy(name, rules)
    navigate(`/policies/${name}?for=${template}`)
  })
  return (
    <FormDialog
      title="New policy"
      action="Create"
      ready={!busy && /^[a-z0-9]{1,32}$/.test(name)}
      onSubmit={submit}
      onClose={onClose}
    >
      <Radios label="Made for" choices={templates} value={template} onValue={setTemplate} />
      <TextField
        label="Name"
        hint="1 to 32 characters a–z and 0–9. URLs contain it as p=name."
        placeholder={template}
        maxLength={32}
        autocomplete="off"
        error={error}
        value={typed}
        onValue={setTyped}
      />
    </FormDialog>
  )
}

/** A policy is created or replaced by the same call, so an existing one must be protected. @throws Error */
async function refuseExisting(name: string): Promise<void> {
  const exists = await api.policy(name).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Problem && error.status === 404) return false
      throw error
    },
  )
  if (exists) throw new Error(`There is already a policy ${name}, choose another name`)
}

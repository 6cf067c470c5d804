import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { User } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Check, Checks } from '../../components/check.tsx'
import { FormError, TextField } from '../../components/field.tsx'
import { showToast } from '../../components/toast.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { useSubmit } from '../../use-submit.ts'
import { type LimitsForm as Form, formOf, limitsOf, numberError, numberLimits } from './limits.ts'

interface LimitsProps {
  readonly account: User
  readonly onChange: (account: User) => void
}

/** The form for a user's limits. */
export function LimitsForm({ account, onChange }: LimitsProps) {
  const [form, setForm] = useState(() => formOf(account.limits))
  const invalid = numberLimits.some(limit => numberError(form.numbers[limit.name], limit))
  const changed = JSON.stringify(form) !== JSON.stringify(formOf(account.limits))
  const { submit, error } = useSubmit(async () => {
    const saved = await api.changeUser(account.id, { limits: limitsOf(form) })
    setForm(formOf(saved.limits))
    onChange(saved)
    showToast('Limits saved')
  })
  return (
    <form class="limits" onSubmit={submit}>
      <div class="limits-numbers">
        {numberLimits.map(limit => (
          <TextField
            key={limit.name}
            label={limit.label}
            hint={limit.hint}
            placeholder="No limit"
            inputmode="decimal"
            error={numberError(form.numbers[limit.name], limit)}
            value={form.numbers[limit.name]}
            onValue={value => setForm({ ...form, numbers: { ...form.numbers, [limit.name]: value } })}
          />
        ))}
      </div>
      <Allowed form={form} onForm={setForm} />
      <FormError error={error} />
      <div class="actions">
        <Button kind="primary" type="submit" icon="save" disabled={!changed || invalid}>
          Save limits
        </Button>
        {changed && <Button onClick={() => setForm(formOf(account.limits))}>Reset</Button>}
      </div>
    </form>
  )
}

/** Restricts the operations and formats that a user may request. */
function Allowed({ form, onForm }: { form: Form; onForm: (form: Form) => void }) {
  const [loaded] = useLoaded(() => api.operations(), [])
  if (loaded.state !== 'loaded') return null
  const { items, formats } = loaded.value
  const all = { operations: items.map(({ name }) => name), formats }
  return (
    <>
      {(['operations', 'formats'] as const).map(kind => (
        <div key={kind}>
          <Check
            checked={form[kind] !== undefined}
            onCheck={on => onForm({ ...form, [kind]: on ? [] : undefined })}
          >
            Only selected {kind}
          </Check>
          {form[kind] && (
            <div class="limits-some">
              <Checks
                label={`Allowed ${kind}`}
                hideLabel
                choices={all[kind].map(name => ({ value: name, label: name }))}
                chosen={form[kind]}
                onChoose={chosen => onForm({ ...form, [kind]: chosen })}
              />
            </div>
          )}
        </div>
      ))}
    </>
  )
}

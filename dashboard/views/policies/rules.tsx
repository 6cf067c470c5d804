import { useState } from 'preact/hooks'
import type { OperationTable } from '../../../service/url/option.ts'
import { api } from '../../api.ts'
import type { Operations, Policy } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Check, Checks } from '../../components/check.tsx'
import { FormError, TextField } from '../../components/field.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { showToast } from '../../components/toast.tsx'
import { user } from '../../session.ts'
import { useLoaded } from '../../use-loaded.ts'
import { useSubmit } from '../../use-submit.ts'
import { operationTableOf } from '../playground/steps.ts'
import { OperationRules } from './operation-rules.tsx'
import {
  formOf,
  isValid,
  type LimitName,
  limitError,
  limitNames,
  type PolicyForm,
  rulesOf,
} from './policy-form.ts'

interface RulesProps {
  readonly policy: Policy
  readonly onChange: (policy: Policy) => void
}

/** The form for a policy's rules. */
export function Rules(props: RulesProps) {
  const [loaded, retry] = useLoaded(async () => {
    const [operations, presets] = await Promise.all([api.operations(), api.presets()])
    return { operations, presets: presets.items.map(({ name }) => name) }
  }, [])
  if (loaded.state === 'waiting') return <Spinner />
  if (loaded.state === 'failed') return <Failure error={loaded.error} onRetry={retry} />
  return <Form {...props} {...loaded.value} />
}

interface FormProps extends RulesProps {
  readonly operations: Operations
  /** The names of the user's presets. */
  readonly presets: readonly string[]
}

/** Forms with changes that are not saved, by user and policy. They are kept while other views are shown. */
const drafts = new Map<string, PolicyForm>()

function Form({ policy, onChange, operations, presets }: FormProps) {
  const key = `${user.value?.id}/${policy.name}`
  const [form, show] = useState(() => drafts.get(key) ?? formOf(policy))
  const setForm = (next: PolicyForm) => {
    drafts.set(key, next)
    show(next)
  }
  const reset = (saved: Policy) => {
    drafts.delete(key)
    show(formOf(saved))
  }
  const table = operationTableOf(operations.items)
  const changed = JSON.stringify(form) !== JSON.stringify(formOf(policy))
  const { submit, busy, error } = useSubmit(async () => {
    const saved = await api.putPolicy(policy.name, rulesOf(form, table))
    reset(saved)
    onChange(saved)
    showToast('Saved')
  })
  const set = (changes: Partial<PolicyForm>) => setForm({ ...form, ...changes })
  return (
    <form class="rules" onSubmit={submit}>
      <Allowed form={form} onForm={set} table={table} operations={operations} presets={presets} />
      <fieldset class="rules-limits">
        <legend class="field-label">Limits of the result</legend>
        {limitNames.map(name => (
          <LimitField key={name} name={name} form={form} onForm={set} />
        ))}
      </fieldset>
      <FormError error={error} />
      <div class="actions">
        <Button kind="primary" type="submit" icon="save" disabled={busy || !changed || !isValid(form, table)}>
          Save rules
        </Button>
        {changed && <Button onClick={() => reset(policy)}>Reset</Button>}
      </div>
    </form>
  )
}

interface PartProps {
  readonly form: PolicyForm
  readonly onForm: (changes: Partial<PolicyForm>) => void
}

type AllowedProps = PartProps & Pick<FormProps, 'operations' | 'presets'> & { readonly table: OperationTable }

/** Operations, formats and presets. */
function Allowed({ form, onForm, table, operations, presets }: AllowedProps) {
  const named = [...new Set([...presets, ...form.presets])].sort()
  return (
    <>
      <div>
        <Check
          checked={form.operations === undefined}
          onCheck={on => onForm({ operations: on ? undefined : [] })}
        >
          Only presets, no operations in URLs
        </Check>
        {form.operations && (
          <OperationRules
            rules={form.operations}
            operations={operations.items}
            table={table}
            onRules={changed => onForm({ operations: changed })}
          />
        )}
      </div>
      <div>
        <Check checked={form.formats === undefined} onCheck={on => onForm({ formats: on ? undefined : [] })}>
          Any format
        </Check>
        {form.formats && (
          <Checks
            label="Allowed formats"
            hideLabel
            choices={operations.formats.map(value => ({ value, label: value }))}
            chosen={form.formats}
            onChoose={formats => onForm({ formats })}
          />
        )}
      </div>
      {named.length > 0 && (
        <Checks
          label="Allowed presets, whatever they contain"
          choices={named.map(value => ({ value, label: value }))}
          chosen={form.presets}
          onChoose={chosen => onForm({ presets: chosen })}
        />
      )}
    </>
  )
}

const limitLabels: Readonly<Record<LimitName, string>> = {
  maxWidth: 'Width, in pixels',
  maxHeight: 'Height, in pixels',
  maxSteps: 'Operations',
}

function LimitField({ name, form: { limits }, onForm }: PartProps & { name: LimitName }) {
  return (
    <TextField
      label={limitLabels[name]}
      inputmode="numeric"
      placeholder="No limit"
      error={limitError(name, limits[name])}
      value={limits[name]}
      onValue={value => onForm({ limits: { ...limits, [name]: value } })}
    />
  )
}

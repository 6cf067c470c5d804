import { useState } from 'preact/hooks'
import type { OperationTable } from '../../../service/url/option.ts'
import { printSteps } from '../../../service/url/print.ts'
import { normalizeStep } from '../../../service/url/step.ts'
import { api } from '../../api.ts'
import { Check } from '../../components/check.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { showToast } from '../../components/toast.tsx'
import { useSubmit } from '../../use-submit.ts'
import { type FormStep, inputOf } from './steps.ts'

interface SaveProps {
  readonly steps: readonly FormStep[]
  readonly table: OperationTable
  readonly onClose: () => void
}

/** A dialog that saves the operations as a preset. An existing preset is overwritten. */
export function SavePreset({ steps, table, onClose }: SaveProps) {
  const [name, setName] = useState('')
  const [eager, setEager] = useState(false)
  const operations = printSteps(
    steps.map(step => normalizeStep(inputOf(step), table)),
    table,
  )
  const { submit, busy, error } = useSubmit(async () => {
    await api.putPreset(name, operations, eager)
    showToast(`Preset ${name} saved`)
    onClose()
  })
  return (
    <FormDialog
      title="Save as preset"
      action="Save"
      ready={!busy && /^[a-z0-9]{1,32}$/.test(name)}
      onSubmit={submit}
      onClose={onClose}
    >
      <p class="hint">
        <code>{operations}</code>
      </p>
      <TextField
        label="Name"
        hint="Lowercase letters and digits. If a preset with this name exists, it is replaced: its URLs then show the new operations."
        maxLength={32}
        autofocus
        required
        error={error}
        value={name}
        onValue={setName}
      />
      <Check checked={eager} onCheck={setEager}>
        Render it for every new image
      </Check>
    </FormDialog>
  )
}

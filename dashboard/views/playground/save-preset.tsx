import { useState } from 'preact/hooks'
import type { OperationTable } from '../../../service/url/option.ts'
import { printSteps } from '../../../service/url/print.ts'
import { normalizeStep } from '../../../service/url/step.ts'
import { api } from '../../api.ts'
import { errorMessage } from '../../calls.ts'
import { Button } from '../../components/button.tsx'
import { Check } from '../../components/check.tsx'
import { Dialog, DialogFoot } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { showToast } from '../../components/toast.tsx'
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
  const [error, setError] = useState('')
  const operations = printSteps(
    steps.map(step => normalizeStep(inputOf(step), table)),
    table,
  )
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    try {
      await api.putPreset(name, operations, eager)
      showToast(`Preset ${name} saved`)
      onClose()
    } catch (error) {
      setError(errorMessage(error))
    }
  }
  return (
    <Dialog title="Save as preset" onClose={onClose}>
      <form onSubmit={submit}>
        <p class="hint">
          <code>{operations}</code>
        </p>
        <TextField
          label="Name"
          hint="Lowercase letters and digits. An existing preset is overwritten, which changes its URLs."
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
        <DialogFoot>
          <Button kind="primary" type="submit" disabled={!/^[a-z0-9]{1,32}$/.test(name)}>
            Save
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}

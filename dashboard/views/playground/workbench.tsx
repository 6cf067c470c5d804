import { useMemo, useState } from 'preact/hooks'
import type { OperationTable } from '../../../service/url/option.ts'
import type { Image, Operations, SigningRequest } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { SelectField } from '../../components/field.tsx'
import { navigate } from '../../location.ts'
import { mayWritePresets } from '../../session.ts'
import { PageHead } from '../../shell.tsx'
import { ImagePicker } from '../image-picker.tsx'
import { type Form, writeForm } from './address.ts'
import { ExplainUrl } from './explain-url.tsx'
import type { Change } from './form-history.ts'
import { Outputs } from './outputs.tsx'
import { SavePreset } from './save-preset.tsx'
import { Stage } from './stage.tsx'
import { StepList } from './step-list.tsx'
import { inputOf, operationTableOf, stepError } from './steps.ts'
import { type EditedForm, useForm, useUndoKeys } from './use-form.ts'
import { usePreview } from './use-preview.ts'

const lifetimes = [
  { value: '', label: 'Unlimited' },
  { value: '3600', label: 'An hour' },
  { value: '86400', label: 'A day' },
  { value: '2592000', label: '30 days' },
]

interface WorkbenchProps {
  readonly image: Image
  readonly operations: Operations
}

/** The form beside its preview, with the texts to copy below. */
export function Workbench({ image, operations }: WorkbenchProps) {
  const { form, update, undo, redo } = useForm()
  useUndoKeys({ undo, redo })
  const table = useMemo(() => operationTableOf(operations.items), [operations])
  const errors = form.steps.map(step => stepError(step, table))
  const valid = errors.every(error => error === undefined)
  const problem = valid ? missingPreset(form) : 'The form has an error'
  const lifetime = form.expiresIn === '' ? {} : { expiresIn: Number(form.expiresIn) }
  const request: SigningRequest = {
    imageId: image.id,
    operations: form.steps.map(inputOf),
    format: form.format,
    ...lifetime,
  }
  const preview = usePreview(problem === undefined ? request : null)
  return (
    <>
      <PageHead title="Playground">
        <UndoButtons undo={undo} redo={redo} />
        <Tools image={image} form={form} table={table} valid={valid} onForm={update} />
      </PageHead>
      <div class="bench">
        <section class="bench-form" aria-label="Operations">
          <StepList
            steps={form.steps}
            operations={operations}
            table={table}
            errors={errors}
            onSteps={(steps, change) => update({ ...form, steps }, change)}
          />
          <OutputForm form={form} formats={operations.formats} onForm={update} />
        </section>
        <div class="bench-result">
          <Stage image={image} preview={preview} problem={problem} />
          {preview.shown && (
            <Outputs
              image={image}
              form={form}
              table={table}
              signed={preview.shown.signed}
              stale={problem !== undefined || preview.working || preview.error !== undefined}
            />
          )}
        </div>
      </div>
    </>
  )
}

function UndoButtons({ undo, redo }: Pick<EditedForm, 'undo' | 'redo'>) {
  return (
    <div class="undo">
      <Button
        kind="quiet"
        icon="undo"
        label="Undo"
        aria-keyshortcuts="Control+Z"
        disabled={undo === undefined}
        onClick={undo}
      />
      <Button
        kind="quiet"
        icon="redo"
        label="Redo"
        aria-keyshortcuts="Control+Shift+Z"
        disabled={redo === undefined}
        onClick={redo}
      />
    </div>
  )
}

/** What a user with presets only must do first; undefined for other users, and when the form consists of presets. */
function missingPreset({ steps }: Form): string | undefined {
  const isComplete = steps.length > 0 && steps.every(({ op, values }) => op === 'preset' && values.n)
  return mayWritePresets() || isComplete ? undefined : 'Choose a preset: your image URLs may only use presets'
}

interface OutputProps {
  readonly form: Form
  readonly formats: readonly string[]
  readonly onForm: (form: Form, change: Change) => void
}

function OutputForm({ form, formats, onForm }: OutputProps) {
  // `json` does not produce an image
  const offered = formats.filter(format => format !== 'json')
  return (
    <div class="bench-output">
      <SelectField
        label="Format"
        choices={offered.map(format => ({ value: format, label: format }))}
        value={form.format}
        onValue={format => onForm({ ...form, format }, 'done')}
      />
      <SelectField
        label="Lifetime"
        choices={lifetimes}
        value={form.expiresIn}
        onValue={expiresIn => onForm({ ...form, expiresIn }, 'done')}
      />
    </div>
  )
}

interface ToolsProps {
  readonly image: Image
  readonly form: Form
  readonly table: OperationTable
  /** Whether the form has no errors. */
  readonly valid: boolean
  readonly onForm: (form: Form, change: Change) => void
}

function Tools({ image, form, table, valid, onForm }: ToolsProps) {
  const [open, setOpen] = useState<'image' | 'explain' | 'preset' | undefined>(undefined)
  const close = () => setOpen(undefined)
  const go = (id: string, next: Form) => {
    close()
    if (id === image.id) onForm(next, 'done')
    else navigate(`/playground/${id}?${writeForm(next)}`)
  }
  return (
    <>
      <Button icon="image" onClick={() => setOpen('image')}>
        Change image
      </Button>
      <Button icon="link" onClick={() => setOpen('explain')}>
        Explain a URL
      </Button>
      {mayWritePresets() && (
        <Button icon="save" disabled={!valid || form.steps.length === 0} onClick={() => setOpen('preset')}>
          Save as preset
        </Button>
      )}
      {open === 'image' && <ImagePicker onPick={({ id }) => go(id, form)} onClose={close} />}
      {open === 'explain' && (
        <ExplainUrl
          image={image}
          table={table}
          onExplained={({ imageId, ...read }) => go(imageId, { ...form, ...read })}
          onClose={close}
        />
      )}
      {open === 'preset' && <SavePreset steps={form.steps} table={table} onClose={close} />}
    </>
  )
}

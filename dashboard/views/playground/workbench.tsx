import { useMemo, useState } from 'preact/hooks'
import type { OperationTable } from '../../../service/url/option.ts'
import type { Image, Operations, SigningRequest } from '../../api-types.ts'
import { mayWritePresets } from '../../session.ts'
import { PageHead } from '../../shell.tsx'
import type { Form } from './address.ts'
import { OutputForm } from './output-form.tsx'
import { Outputs } from './outputs.tsx'
import { placeButtonId } from './placing/handles.ts'
import { Placer } from './placing/placer.tsx'
import { Stage } from './stage.tsx'
import { StepList } from './step-list.tsx'
import { type FormStep, missingValue, operationTableOf, stepError, typedStep } from './steps.ts'
import { Tools, UndoButtons } from './tools.tsx'
import { type EditedForm, useForm } from './use-form.ts'
import { usePreview } from './use-preview.ts'

interface WorkbenchProps {
  readonly image: Image
  readonly operations: Operations
}

/** The form beside its preview, with the texts to copy below. */
export function Workbench({ image, operations }: WorkbenchProps) {
  const { form, update, undo, redo } = useForm()
  const table = useMemo(() => operationTableOf(operations.items), [operations])
  const errors = form.steps.map(step => stepError(step, table))
  const valid = errors.every(error => error === undefined)
  const problem = valid ? missingChoice(form) : 'The form has an error'
  const { placing, setPlacing, placed, place, endPlacing } = usePlacing(form, update)
  const preview = usePreview(image, problem === undefined ? requestOf(image, form, table) : null)
  const isStale = problem !== undefined || preview.working || preview.error !== undefined
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
            placing={placing}
            onPlace={setPlacing}
            onSteps={(steps, change) => update({ ...form, steps }, change)}
          />
          <OutputForm form={form} formats={operations.formats} onForm={update} />
        </section>
        <div class="bench-result">
          <Stage image={image} preview={preview} problem={problem}>
            {placed >= 0 && (
              <Placer
                key={placing}
                image={image}
                steps={form.steps}
                at={placed}
                table={table}
                onChange={place}
                onDone={endPlacing}
              />
            )}
          </Stage>
          {preview.shown && (
            <Outputs image={image} form={form} table={table} signed={preview.shown.signed} stale={isStale} />
          )}
        </div>
      </div>
    </>
  )
}

/** Which step is placed on the picture, by its id and its index; the index is negative when none is. */
function usePlacing(form: Form, update: EditedForm['update']) {
  const [placing, setPlacing] = useState<number | undefined>(undefined)
  const placed = form.steps.findIndex(({ id }) => id === placing)
  const place = (step: FormStep, gesture: number) =>
    update({ ...form, steps: form.steps.with(placed, step) }, { gesture })
  const endPlacing = () => {
    setPlacing(undefined)
    document.getElementById(placeButtonId(placing ?? 0))?.focus()
  }
  return { placing, setPlacing, placed, place, endPlacing }
}

/** What the user must choose before there is something to render. */
function missingChoice({ steps }: Form): string | undefined {
  const needs = steps.map(missingValue).find(need => need !== undefined)
  const isRefused = !mayWritePresets() && (steps.length === 0 || steps.some(({ op }) => op !== 'preset'))
  return isRefused ? 'Choose a preset: your image URLs may only use presets' : needs
}

function requestOf({ id }: Image, { steps, format, expiresIn }: Form, table: OperationTable): SigningRequest {
  const lifetime = expiresIn === '' ? {} : { expiresIn: Number(expiresIn) }
  return { imageId: id, operations: steps.map(step => typedStep(step, table)), format, ...lifetime }
}

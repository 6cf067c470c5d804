import { useState } from 'preact/hooks'
import type { OperationTable } from '../../../service/url/option.ts'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { navigate } from '../../location.ts'
import { mayWritePresets } from '../../session.ts'
import { ImagePicker } from '../image-picker.tsx'
import { type Form, writeForm } from './address.ts'
import { ExplainUrl } from './explain-url.tsx'
import type { Change } from './form-history.ts'
import { SavePreset } from './save-preset.tsx'
import { type EditedForm, useUndoKeys } from './use-form.ts'

/** Undo and redo, as buttons and with their keys. */
export function UndoButtons({ undo, redo }: Pick<EditedForm, 'undo' | 'redo'>) {
  useUndoKeys({ undo, redo })
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

interface ToolsProps {
  readonly image: Image
  readonly form: Form
  readonly table: OperationTable
  /** Whether the form has no errors. */
  readonly valid: boolean
  readonly onForm: (form: Form, change: Change) => void
}

/** The actions that concern the whole form. */
export function Tools({ image, form, table, valid, onForm }: ToolsProps) {
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

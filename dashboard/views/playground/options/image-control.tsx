import { useState } from 'preact/hooks'
import type { ImageSpec } from '../../../../service/url/option.ts'
import { Button } from '../../../components/button.tsx'
import { TextField } from '../../../components/field.tsx'
import { ImagePicker } from '../../image-picker.tsx'
import { fieldProps } from './field-props.ts'
import type { ControlProps } from './option-field.tsx'

/** An image of the user, chosen in a dialog or by its id. */
export function ImageControl(props: ControlProps<ImageSpec>) {
  const [open, setOpen] = useState(false)
  return (
    <div class="image-option">
      <TextField {...fieldProps(props)} placeholder="image id" />
      <Button size="small" onClick={() => setOpen(true)}>
        Choose
      </Button>
      {open && (
        <ImagePicker
          onPick={({ id }) => {
            setOpen(false)
            props.onValue(id)
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  )
}

import { useState } from 'preact/hooks'
import { isId } from '../../../../service/url/id.ts'
import type { ImageSpec } from '../../../../service/url/option.ts'
import { api } from '../../../api.ts'
import { Problem } from '../../../calls.ts'
import { Button } from '../../../components/button.tsx'
import { TextField } from '../../../components/field.tsx'
import { thumbnailsOf } from '../../../thumbnails.ts'
import { useLoaded } from '../../../use-loaded.ts'
import { ImagePicker } from '../../image-picker.tsx'
import { fieldProps } from './field-props.ts'
import type { ControlProps } from './option-field.tsx'

/** How long an id must stay unchanged before its image is loaded, in milliseconds. */
const debounceMs = 300

/** An image of the user, chosen in a dialog or by its id. The dialog opens by itself for a new operation. */
export function ImageControl(props: ControlProps<ImageSpec>) {
  const { spec, value, onValue, added } = props
  const [open, setOpen] = useState(added && value === '')
  const shared = fieldProps(props)
  const [loaded] = useLoaded(signal => loadImage(value, signal), [value])
  const isUnknown =
    loaded.state === 'failed' && loaded.error instanceof Problem && loaded.error.status === 404
  return (
    <div class="image-option">
      {loaded.state === 'loaded' && loaded.value && <Chosen {...loaded.value} />}
      <TextField
        {...shared}
        placeholder="id of an image"
        error={shared.error ?? (isUnknown ? 'You have no image with this id' : undefined)}
      />
      <Button size="small" icon="image" onClick={() => setOpen(true)}>
        {value === '' ? `Choose ${spec.label.toLowerCase()}` : 'Change'}
      </Button>
      {open && (
        <ImagePicker
          onPick={({ id }) => {
            setOpen(false)
            onValue(id)
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  )
}

function Chosen({ title, src }: { readonly title: string; readonly src: string | undefined }) {
  return (
    <div class="image-chosen">
      {src ? <img src={src} alt="" /> : <div class="pick-none" />}
      <span title={title}>{title}</span>
    </div>
  )
}

/** The title and thumbnail of an image; undefined for a text that cannot be an id. */
async function loadImage(id: string, signal: AbortSignal) {
  if (!isId(id)) return undefined
  await new Promise(resolve => setTimeout(resolve, debounceMs))
  signal.throwIfAborted()
  const image = await api.image(id, signal)
  const thumbnails = await thumbnailsOf([image])
  return { title: image.title || image.id, src: thumbnails.get(id)?.src }
}

import './image-picker.css'
import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import type { Image } from '../api-types.ts'
import { Dialog } from '../components/dialog.tsx'
import { TextField } from '../components/field.tsx'
import { Failure, Spinner } from '../components/state.tsx'
import { thumbnailsOf } from '../thumbnails.ts'
import { useLoaded } from '../use-loaded.ts'

interface PickProps {
  readonly onPick: (image: Image) => void
  readonly onClose: () => void
}

/** A dialog to choose one image, from the newest or by search. */
export function ImagePicker({ onPick, onClose }: PickProps) {
  const [q, setQ] = useState('')
  const [loaded, retry] = useLoaded(
    async signal => {
      const { items } = await api.images({ q, limit: 48 }, signal)
      return { items, thumbnails: await thumbnailsOf(items) }
    },
    [q],
  )
  return (
    <Dialog title="Choose an image" wide onClose={onClose}>
      <TextField
        type="search"
        label="Search titles and tags"
        icon="search"
        autofocus
        value={q}
        onValue={setQ}
      />
      {loaded.state === 'waiting' && <Spinner />}
      {loaded.state === 'failed' && <Failure error={loaded.error} onRetry={retry} />}
      {loaded.state === 'loaded' && loaded.value.items.length === 0 && (
        <p class="hint">No matching images.</p>
      )}
      {loaded.state === 'loaded' && (
        <ul class="pick-list" aria-label="Images">
          {loaded.value.items.map(image => (
            <li key={image.id}>
              <button type="button" class="pick" onClick={() => onPick(image)}>
                <Thumb src={loaded.value.thumbnails.get(image.id)?.src} />
                <span>{image.title || image.id}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  )
}

function Thumb({ src }: { src: string | undefined }) {
  return src ? <img src={src} alt="" loading="lazy" /> : <div class="pick-none" />
}

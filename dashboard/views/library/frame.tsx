import { useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { Icon } from '../../components/icon.tsx'
import { ThumbhashPreview } from '../../components/thumbhash-preview.tsx'
import { bytesText } from '../../format.ts'
import type { Thumbnail } from '../../thumbnails.ts'
import { imagePath } from './place.ts'

export interface FrameProps {
  readonly image: Image
  /** Undefined while its URL is being signed, null when there is none. */
  readonly thumbnail: Thumbnail | null | undefined
  readonly selected: boolean
  readonly onSelect: (on: boolean, range: boolean) => void
}

/** Aspect ratios are clamped, since extreme panoramas or columns would be unreadable. */
const [narrowest, widest] = [0.5, 2.6]

/** The displayed aspect ratio. */
export const ratioOf = (width: number, height: number) =>
  Math.min(widest, Math.max(narrowest, width / height))

/** One image in the grid: links to its page and can be selected. */
export function Frame({ image, thumbnail, selected, onSelect }: FrameProps) {
  const { id, width, height, format, bytes } = image
  const name = image.title || id
  const ratio = ratioOf(width, height)
  return (
    <li class={`frame ${selected ? 'picked' : ''}`} style={{ '--ratio': ratio }}>
      <a class="frame-picture" href={imagePath(id)} aria-label={name}>
        <FrameImage thumbnail={thumbnail} thumbhash={image.thumbhash} />
      </a>
      <SelectBox name={name} selected={selected} onSelect={onSelect} />
      <p class="frame-caption">
        <span>{name}</span>
        <span>
          {format.toUpperCase()} {bytesText(bytes)}
        </span>
      </p>
    </li>
  )
}

interface SelectBoxProps extends Pick<FrameProps, 'selected' | 'onSelect'> {
  readonly name: string
  /** Whether the whole frame is clickable, or only its corner, or the box is in a row of a table. */
  readonly kind?: 'whole' | 'corner' | 'in-table'
}

/** The checkbox that selects an image. With Shift, it selects the range from the previously selected one. */
export function SelectBox({ name, selected, kind = 'corner', onSelect }: SelectBoxProps) {
  return (
    <label class={`frame-pick ${kind}`}>
      <span class="unseen">Select {name}</span>
      <input
        type="checkbox"
        checked={selected}
        onClick={event => onSelect(event.currentTarget.checked, event.shiftKey)}
      />
    </label>
  )
}

/** The thumbnail, with its thumbhash preview below until it has loaded. */
export function FrameImage({
  thumbnail,
  thumbhash,
}: Pick<FrameProps, 'thumbnail'> & Pick<Image, 'thumbhash'>) {
  const [state, setState] = useState<'loading' | 'loaded' | 'failed'>('loading')
  const preview = thumbhash !== null && <ThumbhashPreview thumbhash={thumbhash} />
  if (thumbnail === undefined) return preview || null
  if (thumbnail === null || state === 'failed') {
    return (
      <>
        {preview}
        <span class="frame-none">
          <Icon name="image" size={32} />
        </span>
      </>
    )
  }
  return (
    <>
      {preview}
      <img
        src={thumbnail.src}
        srcset={thumbnail.srcset}
        alt=""
        loading="lazy"
        decoding="async"
        class={state}
        onLoad={() => setState('loaded')}
        onError={() => setState('failed')}
      />
    </>
  )
}

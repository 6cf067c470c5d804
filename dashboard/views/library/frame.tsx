import { useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { Icon } from '../../components/icon.tsx'
import { Likeness } from '../../components/likeness.tsx'
import { bytesText } from '../../format.ts'
import type { Thumbnail } from '../../thumbnails.ts'

export interface FrameProps {
  readonly image: Image
  /** Undefined while it is signed, null where there is none. */
  readonly thumbnail: Thumbnail | null | undefined
  readonly picked: boolean
  readonly onPick: (on: boolean, range: boolean) => void
}

/** Beyond these a panorama would be a line, and a column of comics a tower. */
const [narrowest, widest] = [0.5, 2.6]

/** How wide one is shown, for its height. */
export const ratioOf = (width: number, height: number) =>
  Math.min(widest, Math.max(narrowest, width / height))

/** One picture of the sheet: it leads to its page, and can be picked. */
export function Frame({ image, thumbnail, picked, onPick }: FrameProps) {
  const { id, width, height, format, bytes } = image
  const name = image.title || id
  const ratio = ratioOf(width, height)
  return (
    <li class={`frame ${picked ? 'picked' : ''}`} style={{ '--ratio': ratio }}>
      <a class="frame-picture" href={`/images/${id}`} aria-label={name}>
        <Picture thumbnail={thumbnail} thumbhash={image.thumbhash} />
      </a>
      <PickBox name={name} picked={picked} onPick={onPick} />
      <p class="frame-caption">
        <span>{name}</span>
        <span>
          {format.toUpperCase()} {bytesText(bytes)}
        </span>
      </p>
    </li>
  )
}

interface PickBoxProps extends Pick<FrameProps, 'picked' | 'onPick'> {
  readonly name: string
  /** Whether all of the frame is it, not a corner. */
  readonly whole?: boolean
}

/** Picks a picture, or with Shift all from the one that was picked before. */
export function PickBox({ name, picked, whole = false, onPick }: PickBoxProps) {
  return (
    <label class={`frame-pick ${whole ? 'whole' : ''}`}>
      <span class="unseen">Select {name}</span>
      <input
        type="checkbox"
        checked={picked}
        onClick={event => onPick(event.currentTarget.checked, event.shiftKey)}
      />
    </label>
  )
}

/** Its likeness stays below until the thumbnail has come in; where it is transparent, it would show through. */
function Picture({ thumbnail, thumbhash }: Pick<FrameProps, 'thumbnail'> & Pick<Image, 'thumbhash'>) {
  const [state, setState] = useState<'coming' | 'come' | 'failed'>('coming')
  const likeness = thumbhash !== null && <Likeness thumbhash={thumbhash} />
  if (thumbnail === undefined) return likeness || null
  if (thumbnail === null || state === 'failed') {
    return (
      <>
        {likeness}
        <span class="frame-none">
          <Icon name="picture" size={32} />
        </span>
      </>
    )
  }
  return (
    <>
      {likeness}
      <img
        src={thumbnail.src}
        srcset={thumbnail.srcset}
        alt=""
        loading="lazy"
        decoding="async"
        class={state}
        onLoad={() => setState('come')}
        onError={() => setState('failed')}
      />
    </>
  )
}

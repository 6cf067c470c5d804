import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { ThumbhashPreview } from '../../components/thumbhash-preview.tsx'
import { bytesText, dateText, leftText, sizeText } from '../../format.ts'
import { type FrameProps, ratioOf, SelectBox } from './frame.tsx'

interface DeletedFrameProps extends Omit<FrameProps, 'thumbnail'> {
  readonly onRestore: () => void
  readonly onRemove: () => void
}

/** A deleted image. Shows only its thumbhash preview, since its URLs do not work, and has no page of its own. */
export function DeletedFrame({ image, selected, onSelect, onRestore, onRemove }: DeletedFrameProps) {
  const { id, width, height, format, bytes, thumbhash, keptUntil } = image
  const name = image.title || id
  return (
    <li class={`frame ${selected ? 'picked' : ''}`} style={{ '--ratio': ratioOf(width, height) }}>
      <div class="frame-picture">
        <span class="frame-mount">
          {thumbhash ? <ThumbhashPreview thumbhash={thumbhash} /> : <Icon name="image" size={24} />}
        </span>
      </div>
      <SelectBox name={name} selected={selected} kind="whole" onSelect={onSelect} />
      <div class="frame-actions">
        <Button size="small" icon="retry" label={`Restore ${name}`} onClick={onRestore} />
        <Button
          size="small"
          kind="danger"
          icon="trash"
          label={`Delete ${name} permanently`}
          onClick={onRemove}
        />
      </div>
      <p class="frame-caption">
        <span>{name}</span>
        {keptUntil && <span title={`until ${dateText(keptUntil)}`}>{leftText(keptUntil)}</span>}
      </p>
      <p class="frame-caption">
        {sizeText(width, height)}, {format.toUpperCase()} {bytesText(bytes)}
      </p>
    </li>
  )
}

import { useState } from 'preact/hooks'
import type { Focal, Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { ThumbhashPreview } from '../../components/thumbhash-preview.tsx'
import { percentText } from '../../format.ts'
import { ofVersion } from '../../image-version.ts'
import { sameOriginPath } from '../../same-origin-path.ts'
import { previewBox, useOriginalPreview } from '../original-preview.ts'
import type { OnChange } from './changes.ts'
import { CropPreviews } from './crop-previews.tsx'
import { isSigned } from './original.ts'
import { type FocalState, useFocal } from './use-focal.ts'

/** How far an arrow key moves the point, as a fraction of the side; `far` with Shift. */
const [near, far] = [0.01, 0.1]

interface FocalProps {
  readonly image: Image
  readonly onChange: OnChange
}

/** The image with its focal point. A click sets it, arrow keys move it. Two crops show what it does. */
export function FocalPointEditor({ image, onChange }: FocalProps) {
  const focal = useFocal(image, onChange)
  const { src, isBlurred } = usePreviewSource(image)
  const [broken, setBroken] = useState(false)
  const { point, setPoint } = focal
  const at = point ? `${percentText(point.x)} from the left, ${percentText(point.y)} from the top` : 'not set'
  return (
    <figure class="image-stage">
      <button
        type="button"
        class="focal"
        style={fitted(image)}
        aria-label={`Focal point: ${at}. Click the image or use the arrow keys`}
        aria-describedby="focal-hint"
        onClick={event => event.detail > 0 && setPoint(pointOf(event))}
        onKeyDown={event => {
          const next = moved(point, event)
          if (next === undefined) return
          event.preventDefault()
          setPoint(next)
        }}
      >
        {image.thumbhash && (src === undefined || broken) && <ThumbhashPreview thumbhash={image.thumbhash} />}
        {src && !broken && <img src={src} alt={image.alt ?? image.title} onError={() => setBroken(true)} />}
        {point && <span class="focal-mark" style={{ '--x': point.x, '--y': point.y }} />}
      </button>
      <figcaption class="focal-caption">
        <FocalText at={at} focal={focal} isBlurred={isBlurred} />
        {src && !broken && <CropPreviews image={image} src={src} point={point} />}
      </figcaption>
    </figure>
  )
}

interface TextProps {
  /** The position in words. */
  readonly at: string
  readonly focal: FocalState
  readonly isBlurred: boolean
}

/** What the focal point is for, where it is, and whether it is saved. */
function FocalText({ at, focal: { point, setPoint, state, retry, undo }, isBlurred }: TextProps) {
  return (
    <div class="focal-text">
      <h2>Focal point</h2>
      <p class="hint" id="focal-hint">
        Click what matters most, or move the point with the arrow keys. Crops with the gravity{' '}
        <code>focal</code> keep it in view.
      </p>
      {isBlurred && (
        <p class="hint">Your image URLs may only use presets, so the image is shown as a blur here.</p>
      )}
      <p class="focal-state">
        <span role="status">
          {at.charAt(0).toUpperCase() + at.slice(1)}
          {state === 'saving' && ', saving'}
          {state === 'failed' && ', not saved'}
        </span>
        {state === 'failed' && (
          <Button kind="quiet" size="small" icon="retry" onClick={retry}>
            Retry
          </Button>
        )}
        {undo && (
          <Button kind="quiet" size="small" onClick={undo}>
            Undo
          </Button>
        )}
        {point && (
          <Button kind="quiet" size="small" onClick={() => setPoint(null)}>
            Remove
          </Button>
        )}
      </p>
    </div>
  )
}

/** Formats that browsers show without a conversion. */
const shownByBrowsers = ['jpg', 'png', 'webp', 'avif', 'gif', 'svg']

/** The URL of the image to show: scaled down, or else the original, if the user may fetch either. */
function usePreviewSource(image: Image): { src: string | undefined; isBlurred: boolean } {
  const loaded = useOriginalPreview(image)
  if (loaded.state === 'loaded') return { src: loaded.value.path, isBlurred: false }
  if (loaded.state === 'waiting') return { src: undefined, isBlurred: false }
  const isShown = isSigned(image.rawUrl) && shownByBrowsers.includes(image.format)
  return { src: isShown ? ofVersion(sameOriginPath(image.rawUrl), image) : undefined, isBlurred: !isShown }
}

/** The position of a click, as fractions of the image's sides. */
function pointOf({
  currentTarget,
  clientX,
  clientY,
}: MouseEvent & { readonly currentTarget: Element }): Focal {
  const { left, top, width, height } = currentTarget.getBoundingClientRect()
  return { x: fraction((clientX - left) / width), y: fraction((clientY - top) / height) }
}

const steps: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

function moved(point: Focal | null, { key, shiftKey }: KeyboardEvent): Focal | undefined {
  const step = steps[key]
  if (step === undefined) return undefined
  const { x, y } = point ?? { x: 0.5, y: 0.5 }
  const by = shiftKey ? far : near
  return { x: fraction(x + step[0] * by), y: fraction(y + step[1] * by) }
}

/** Clamps to 0 … 1 and rounds to three decimals, which is finer than a pixel on any screen. */
const fraction = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000

/** The size of the loaded image, in pixels. */
function fitted({ width, height }: Image) {
  const scale = Math.min(1, previewBox.w / width, previewBox.h / height)
  return { '--w': Math.round(width * scale), '--h': Math.round(height * scale) }
}

import { useEffect, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Focal, Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { showError } from '../../components/toast.tsx'
import { percentText } from '../../format.ts'
import { previewBox, useOriginalPreview } from '../original-preview.ts'

/** How far an arrow key moves the point, as a fraction of the side; `far` with Shift. */
const [near, far] = [0.01, 0.1]
/** How long the point must stay unchanged before it is saved, in milliseconds. */
const debounceMs = 500

interface FocalProps {
  readonly image: Image
  readonly onChange: (image: Image) => void
}

/** The image with its focal point, which crops keep in view. A click sets it, arrow keys move it. */
export function FocalPointEditor({ image, onChange }: FocalProps) {
  const [point, setPoint] = useFocal(image, onChange)
  const loaded = useOriginalPreview(image)
  const at = point ? `${percentText(point.x)} from the left, ${percentText(point.y)} from the top` : 'not set'
  return (
    <figure class="image-stage">
      <button
        type="button"
        class="focal"
        style={fitted(image)}
        aria-label={`Focal point: ${at}. Click the image or use the arrow keys`}
        onClick={event => event.detail > 0 && setPoint(pointOf(event))}
        onKeyDown={event => {
          const next = moved(point, event)
          if (next === undefined) return
          event.preventDefault()
          setPoint(next)
        }}
      >
        {loaded.state === 'loaded' ? (
          <img src={loaded.value.path} alt={image.title} />
        ) : (
          <Icon name="image" size={48} />
        )}
        {point && <span class="focal-mark" style={{ '--x': point.x, '--y': point.y }} />}
      </button>
      <figcaption class="hint">
        Focal point {at}{' '}
        {point && (
          <Button kind="quiet" size="small" onClick={() => setPoint(null)}>
            Remove
          </Button>
        )}
      </figcaption>
    </figure>
  )
}

/** The focal point, saved with a debounce. */
function useFocal(image: Image, onChange: (image: Image) => void) {
  const [point, setPoint] = useState<Focal | null>(image.focal)
  useEffect(() => {
    if (point?.x === image.focal?.x && point?.y === image.focal?.y) return
    const timer = setTimeout(
      () => api.changeImage(image.id, { focal: point }).then(onChange, showError),
      debounceMs,
    )
    return () => clearTimeout(timer)
  }, [point, image, onChange])
  return [point, setPoint] as const
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

import type { Focal, Image } from '../../api-types.ts'

interface CropProps {
  readonly image: Image
  readonly src: string
  readonly point: Focal | null
}

const crops = [
  { name: 'Square', ratio: 1 },
  { name: 'Banner', ratio: 3 },
] as const

/** Two crops around the focal point, one in each direction. The browser cuts them as the service does. */
export function CropPreviews({ image, src, point }: CropProps) {
  return (
    <ul class="crops" aria-label="Crops around the focal point">
      {crops.map(({ name, ratio }) => (
        <li key={name}>
          <img
            src={src}
            alt=""
            style={{ '--ratio': ratio, 'object-position': placeOf(image, point, ratio) }}
          />
          <span class="hint">{name}</span>
        </li>
      ))}
    </ul>
  )
}

/**
 * The `object-position` of a crop with the ratio of `width` to `height`: the point is in the middle as far as there is
 * room, as with the gravity `focal`.
 */
function placeOf({ width, height }: Image, point: Focal | null, ratio: number): string {
  const wider = width / height / ratio
  const { x, y } = point ?? { x: 0.5, y: 0.5 }
  return `${share(x, wider)} ${share(y, 1 / wider)}`
}

/** A side that is `times` as long as the crop: the part of the surplus that lies before the crop. */
function share(at: number, times: number): string {
  if (times <= 1) return '50%'
  return `${Math.min(1, Math.max(0, (at * times - 0.5) / (times - 1))) * 100}%`
}

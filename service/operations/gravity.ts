import { placeAroundPoint, placeByGravity } from './placement.ts'
import type { Frame, Point, Region, Size } from './shapes.ts'
import type { gravityOption } from './shared-options.ts'
import type { ImageContext } from './stage.ts'

export type Gravity = (typeof gravityOption.values)[number]

/** The part of an image that a crop keeps: a known region, or one that libvips finds by its pixels. */
export type CropChoice =
  | { readonly region: Region }
  | { readonly strategy: 'attention' | 'entropy'; readonly note?: string }

/** A face is kept when it has at least this share of the largest face's area. Smaller ones are in the background. */
const minFaceShare = 0.25

/**
 * Chooses the part of an image that a gravity keeps.
 * @param frame size of the image in whose pixels the positions in `context` are given
 * @param scaled size of the image when the part is extracted
 * @param kept size of the part
 */
export function chooseCrop(
  frame: Frame,
  scaled: Size,
  kept: Size,
  gravity: Gravity,
  context: ImageContext,
): CropChoice {
  const around = (point: Point): CropChoice => ({
    region: placeAroundPoint(scaled, kept, { x: point.x / frame.width, y: point.y / frame.height }),
  })
  switch (gravity) {
    case 'smart':
      return { strategy: 'attention' }
    case 'entropy':
      return { strategy: 'entropy' }
    case 'focal':
      return around(context.focal ?? { x: frame.width / 2, y: frame.height / 2 })
    case 'face': {
      const { faces } = context
      if (faces === undefined) return { strategy: 'attention', note: 'face-unavailable' }
      const [largest] = faces
      if (largest === undefined) return { strategy: 'attention', note: 'no-face' }
      const visible = {
        width: (kept.width * frame.width) / scaled.width,
        height: (kept.height * frame.height) / scaled.height,
      }
      return around(centerOf(facesThatFit(largest, faces, visible)))
    }
    default:
      return { region: placeByGravity(scaled, kept, gravity) }
  }
}

/** The box around all large faces, or the largest face when that box is too wide or too high. */
function facesThatFit(largest: Region, faces: readonly Region[], room: Size): Region {
  const area = ({ width, height }: Size) => width * height
  const large = faces.filter(face => area(face) >= minFaceShare * area(largest))
  const left = Math.min(...large.map(face => face.left))
  const top = Math.min(...large.map(face => face.top))
  const width = Math.max(...large.map(face => face.left + face.width)) - left
  const height = Math.max(...large.map(face => face.top + face.height)) - top
  return width <= room.width && height <= room.height ? { left, top, width, height } : largest
}

const centerOf = ({ left, top, width, height }: Region): Point => ({
  x: left + width / 2,
  y: top + height / 2,
})

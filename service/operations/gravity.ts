import { placeAroundPoint, placeByGravity } from './placement.ts'
import type { Frame, Point, Region, Size } from './shapes.ts'
import type { gravityOption } from './shared-options.ts'
import type { ImageContext } from './stage.ts'

export type Gravity = (typeof gravityOption.values)[number]

/** The part of a picture that is kept: known, or to be found by what stands out in the pixels. */
export type CropChoice =
  | { readonly region: Region }
  | { readonly strategy: 'attention' | 'entropy'; readonly note?: string }

/** A face counts beside the largest when it has at least this share of its area: those behind are passers-by. */
const largeShare = 0.25

/**
 * Which part of a picture a gravity keeps.
 * @param frame the picture that the scene's places belong to
 * @param scaled its size when the part is cut out
 * @param kept size of the part
 */
export function chooseCrop(
  frame: Frame,
  scaled: Size,
  kept: Size,
  gravity: Gravity,
  scene: ImageContext,
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
      return around(scene.focal ?? { x: frame.width / 2, y: frame.height / 2 })
    case 'face': {
      const { faces } = scene
      if (faces === undefined) return { strategy: 'attention', note: 'face-unavailable' }
      const [largest] = faces
      if (largest === undefined) return { strategy: 'attention', note: 'no-face' }
      const seen = {
        width: (kept.width * frame.width) / scaled.width,
        height: (kept.height * frame.height) / scaled.height,
      }
      return around(centerOf(facesThatFit(largest, faces, seen)))
    }
    default:
      return { region: placeByGravity(scaled, kept, gravity) }
  }
}

/** The box around all large faces, or the largest one where that is too wide or too high. */
function facesThatFit(largest: Region, faces: readonly Region[], room: Size): Region {
  const area = ({ width, height }: Size) => width * height
  const large = faces.filter(face => area(face) >= largeShare * area(largest))
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

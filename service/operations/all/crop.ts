import { DarkroomError } from '../../errors/catalogue.ts'
import { chooseCrop, type Gravity } from '../gravity.ts'
import { defineOperation } from '../operation.ts'
import type { Frame, Size } from '../shapes.ts'
import { gravityOption } from '../shared-options.ts'
import type { ImageContext } from '../stage.ts'
import { extract } from '../stages/geometry.ts'
import { smartCover, smartCropAnimation } from '../stages/smart-crop.ts'
import { parseAspectRatio, toPixels } from '../units.ts'

const offset = { kind: 'number', min: 0, max: 65535, integer: true, fraction: true } as const
const side = { kind: 'number', min: 0.001, max: 65535, integer: true, fraction: true } as const

interface Wanted {
  readonly w: number | undefined
  readonly h: number | undefined
  readonly ar: string | undefined
}

export default defineOperation({
  name: 'crop',
  summary:
    'cuts a region out: at a place (x, y), or by gravity; numbers below 1 are fractions of the picture',
  example: 'crop_ar-16:9',
  options: {
    x: { ...offset, summary: 'left edge, in pixels or below 1 as a fraction' },
    y: { ...offset, summary: 'top edge, in pixels or below 1 as a fraction' },
    w: { ...side, summary: 'width, in pixels or below 1 as a fraction' },
    h: { ...side, summary: 'height, in pixels or below 1 as a fraction' },
    ar: { kind: 'ratio', summary: 'aspect ratio, alone or with one of w and h' },
    g: gravityOption,
  },
  stages(options, frame, scene) {
    const { x, y, w, h, ar, g } = options
    if ([x, y, w, h, ar].every(value => value === undefined)) {
      throw new DarkroomError('bad-url', 'crop: needs x, y, w, h or ar')
    }
    if (x === undefined && y === undefined)
      return byGravity(frame, regionSize(frame, frame, options), g, scene)
    if (g !== 'center') throw new DarkroomError('bad-url', 'crop: g cannot be combined with x or y')
    const left = toPixels(x ?? 0, frame.width)
    const top = toPixels(y ?? 0, frame.height)
    const rest = { width: frame.width - left, height: frame.height - top }
    if (rest.width < 1 || rest.height < 1) {
      const outside = rest.width < 1 ? `x-${x}` : `y-${y}`
      throw new DarkroomError(
        'bad-url',
        `crop: ${outside} lies outside the picture of ${frame.width}x${frame.height}`,
      )
    }
    const size = regionSize(frame, rest, options)
    return [extract(frame, { left, top, ...size })]
  },
})

/** The size asked for, cut down to the room there is; a ratio alone takes as much as fits. */
function regionSize(frame: Size, room: Size, { w, h, ar }: Wanted): Size {
  if (ar !== undefined && w !== undefined && h !== undefined) {
    throw new DarkroomError('bad-url', 'crop: ar goes with w or h, not with both')
  }
  const ratio = ar === undefined ? undefined : parseAspectRatio(ar)
  let width = w === undefined ? undefined : Math.max(1, toPixels(w, frame.width))
  let height = h === undefined ? undefined : Math.max(1, toPixels(h, frame.height))
  if (ratio !== undefined) {
    width ??= height === undefined ? Math.min(room.width, room.height * ratio) : height * ratio
    height ??= width / ratio
    // a ratio is kept when the region must shrink
    const shrink = Math.min(1, room.width / width, room.height / height)
    width *= shrink
    height *= shrink
  }
  const within = (value: number | undefined, most: number) =>
    Math.min(most, Math.max(1, Math.round(value ?? most)))
  return { width: within(width, room.width), height: within(height, room.height) }
}

/**
 * libvips finds what stands out only while it covers a frame, which scales unless one side stays as it is: so the
 * sides are cut one after the other.
 */
function byGravity(frame: Frame, size: Size, g: Gravity, scene: ImageContext) {
  const part = chooseCrop(frame, frame, size, g, scene)
  if ('region' in part) return [extract(frame, part.region)]
  if (scene.animated) return [smartCropAnimation(frame, size, part)]
  const narrow = { width: size.width, height: frame.height }
  return [
    ...(size.width < frame.width ? [smartCover(frame, narrow, part, 'lanczos3')] : []),
    ...(size.height < frame.height
      ? [smartCover({ ...narrow, alpha: frame.alpha }, size, part, 'lanczos3')]
      : []),
  ]
}

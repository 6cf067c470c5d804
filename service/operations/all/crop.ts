import { DarkroomError } from '../../errors/catalogue.ts'
import { chooseCrop, type Gravity } from '../gravity.ts'
import { defineOperation } from '../operation.ts'
import { notTogether, oneRequired } from '../rules.ts'
import type { Frame, Size } from '../shapes.ts'
import { gravityOption } from '../shared-options.ts'
import type { ImageContext } from '../stage.ts'
import { extract } from '../stages/geometry.ts'
import { smartCover, smartCropAnimation } from '../stages/smart-crop.ts'
import { parseAspectRatio, toPixels } from '../units.ts'

const offset = { kind: 'number', min: 0, max: 65535, integer: true, fraction: true, pixels: true } as const
const side = { kind: 'number', min: 0.001, max: 65535, integer: true, fraction: true, pixels: true } as const

interface RequestedSize {
  readonly w: number | undefined
  readonly h: number | undefined
  readonly ar: string | undefined
}

export default defineOperation({
  name: 'crop',
  label: 'Crop',
  group: 'Crop and shape',
  summary: 'crops the image to a region, placed by x and y or by gravity',
  example: 'crop_ar-16:9',
  options: {
    x: { ...offset, label: 'Left', summary: 'left edge in pixels, or as a fraction of the width if below 1' },
    y: { ...offset, label: 'Top', summary: 'top edge in pixels, or as a fraction of the height if below 1' },
    w: {
      ...side,
      label: 'Width',
      summary: 'width in pixels, or as a fraction of the image width if below 1',
    },
    h: {
      ...side,
      label: 'Height',
      summary: 'height in pixels, or as a fraction of the image height if below 1',
    },
    ar: { kind: 'ratio', label: 'Aspect ratio', summary: 'aspect ratio, alone or together with w or h' },
    g: gravityOption,
  },
  rules: [
    oneRequired('x', 'y', 'w', 'h', 'ar'),
    notTogether('w', 'h', 'ar'),
    { anyOf: [{ properties: { x: false, y: false } }, { properties: { g: { const: 'center' } } }] },
  ],
  stages(options, frame, context) {
    const { x, y, w, h, ar, g } = options
    if ([x, y, w, h, ar].every(value => value === undefined)) {
      throw new DarkroomError('bad-url', 'crop: one of x, y, w, h or ar is required')
    }
    if (x === undefined && y === undefined)
      return cropByGravity(frame, regionSize(frame, frame, options), g, context)
    if (g !== 'center') throw new DarkroomError('bad-url', 'crop: g cannot be combined with x or y')
    const left = toOffset(x ?? 0, frame.width)
    const top = toOffset(y ?? 0, frame.height)
    const room = { width: frame.width - left, height: frame.height - top }
    if (room.width < 1 || room.height < 1) {
      const outside = room.width < 1 ? `x-${x}` : `y-${y}`
      throw new DarkroomError(
        'bad-url',
        `crop: ${outside} is outside the image, which is ${frame.width}x${frame.height} pixels`,
      )
    }
    const size = regionSize(frame, room, options)
    return [extract(frame, { left, top, ...size })]
  },
})

/** A fraction is always within the image: rounded up to its end, it begins at the last pixel. */
const toOffset = (value: number, side: number) =>
  value < 1 ? Math.min(side - 1, toPixels(value, side)) : value

/** The requested size, limited to the available room. A ratio alone gives the largest region that fits. */
function regionSize(frame: Size, room: Size, { w, h, ar }: RequestedSize): Size {
  if (ar !== undefined && w !== undefined && h !== undefined) {
    throw new DarkroomError(
      'bad-url',
      'crop: ar cannot be combined with both w and h, expected at most one of them',
    )
  }
  const ratio = ar === undefined ? undefined : parseAspectRatio(ar)
  let width = w === undefined ? undefined : Math.max(1, toPixels(w, frame.width))
  let height = h === undefined ? undefined : Math.max(1, toPixels(h, frame.height))
  if (ratio !== undefined) {
    width ??= height === undefined ? Math.min(room.width, room.height * ratio) : height * ratio
    height ??= width / ratio
    // Shrinks both sides alike, so that the ratio holds.
    const shrink = Math.min(1, room.width / width, room.height / height)
    width *= shrink
    height *= shrink
  }
  const limit = (value: number | undefined, most: number) =>
    Math.min(most, Math.max(1, Math.round(value ?? most)))
  return { width: limit(width, room.width), height: limit(height, room.height) }
}

/**
 * libvips finds the salient area only while it scales an image to cover a frame. It does not scale when one side keeps
 * its length, so the sides are cropped one after the other.
 */
function cropByGravity(frame: Frame, size: Size, g: Gravity, context: ImageContext) {
  const choice = chooseCrop(frame, frame, size, g, context)
  if ('region' in choice) return [extract(frame, choice.region)]
  if (context.animated) return [smartCropAnimation(frame, size, choice)]
  const narrow = { width: size.width, height: frame.height }
  return [
    ...(size.width < frame.width ? [smartCover(frame, narrow, choice, 'lanczos3')] : []),
    ...(size.height < frame.height
      ? [smartCover({ ...narrow, alpha: frame.alpha }, size, choice, 'lanczos3')]
      : []),
  ]
}

import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { placeByGravity } from '../placement.ts'
import { notTogether, oneRequired } from '../rules.ts'
import type { Size } from '../shapes.ts'
import { backgroundOption, positionOption } from '../shared-options.ts'
import { embed } from '../stages/geometry.ts'
import { parseAspectRatio } from '../units.ts'

const side = { kind: 'number', min: 1, max: 8192, integer: true, pixels: true } as const

export default defineOperation({
  name: 'extend',
  label: 'Extend',
  group: 'Size',
  summary: 'extends the canvas to a size or an aspect ratio, without scaling or cropping the image',
  example: 'extend_ar-1:1,bg-fff',
  options: {
    w: { ...side, label: 'Width', summary: 'minimum width of the canvas in pixels' },
    h: { ...side, label: 'Height', summary: 'minimum height of the canvas in pixels' },
    ar: { kind: 'ratio', label: 'Aspect ratio', summary: 'aspect ratio of the canvas, instead of w and h' },
    g: positionOption,
    bg: backgroundOption,
  },
  rules: [oneRequired('w', 'h', 'ar'), notTogether('w', 'ar'), notTogether('h', 'ar')],
  stages({ w, h, ar, g, bg }, frame) {
    const sized = w !== undefined || h !== undefined
    if (!sized && ar === undefined)
      throw new DarkroomError('bad-url', 'extend: one of w, h or ar is required')
    if (sized && ar !== undefined) {
      throw new DarkroomError('bad-url', 'extend: ar cannot be combined with w or h')
    }
    const canvas = ar === undefined ? atLeast(frame, w ?? 1, h ?? 1) : ofRatio(frame, parseAspectRatio(ar))
    const { left, top } = placeByGravity(canvas, frame, g)
    const right = canvas.width - frame.width - left
    const bottom = canvas.height - frame.height - top
    if (left + top + right + bottom === 0) return []
    return [embed(frame, { top, right, bottom, left }, parseColor(bg))]
  },
})

const atLeast = (size: Size, width: number, height: number): Size => ({
  width: Math.max(size.width, width),
  height: Math.max(size.height, height),
})

/** The smallest canvas of this ratio that contains the image, in whole pixels. */
const ofRatio = (size: Size, ratio: number): Size =>
  atLeast(size, Math.round(size.height * ratio), Math.round(size.width / ratio))

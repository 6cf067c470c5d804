import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { fitSize } from '../fit.ts'
import { chooseCrop } from '../gravity.ts'
import { defineOperation } from '../operation.ts'
import { placeAroundPoint, placeByGravity } from '../placement.ts'
import type { Frame } from '../shapes.ts'
import { backgroundOption, gravityOption } from '../shared-options.ts'
import { embed, extract, scale } from '../stages/geometry.ts'
import { smartCover, smartCoverAnimation } from '../stages/smart-crop.ts'

const side = { kind: 'number', min: 1, max: 8192, integer: true } as const
const fraction = { kind: 'number', min: 0, max: 1 } as const

export default defineOperation({
  name: 'resize',
  summary: 'scales the picture into a frame; it is never enlarged unless asked',
  example: 'resize_w-500',
  options: {
    w: {
      ...side,
      words: ['auto'],
      summary:
        'width of the frame in CSS pixels; auto: device pixels by Sec-CH-Width, or Sec-CH-Viewport-Width times Sec-CH-DPR, or 1280, rounded up to 160, 200, 256, 320, 400, 512, 640, 800, 1024, 1280, 1600, 1920, 2400, 3072 or 3840 (dpr then counts for the other sides only)',
    },
    h: {
      ...side,
      words: ['auto'],
      summary: 'height of the frame in CSS pixels; auto: as the aspect ratio has it',
    },
    fit: {
      kind: 'choice',
      values: ['cover', 'contain', 'fill', 'inside', 'outside'],
      default: 'inside',
      defaultIf: { given: ['w', 'h'], value: 'cover' },
      summary: 'cover crops, contain pads, fill distorts, inside and outside keep the whole picture',
    },
    g: gravityOption,
    fx: { ...fraction, summary: 'point to keep when cropping, from the left; goes before g' },
    fy: { ...fraction, summary: 'point to keep when cropping, from the top; goes before g' },
    enlarge: { kind: 'flag', default: false, summary: 'allow a result larger than the original' },
    dpr: {
      kind: 'number',
      min: 0.1,
      max: 8,
      words: ['auto'],
      default: 1,
      summary:
        'device pixels per CSS pixel; auto: Sec-CH-DPR or 1, rounded up to 1, 1.5, 2, 3 or 4; Save-Data holds it at 1',
    },
    bg: {
      ...backgroundOption,
      summary: 'padding of contain; transparent becomes white where the format has none',
    },
    kernel: {
      kind: 'choice',
      values: ['lanczos3', 'lanczos2', 'mitchell', 'cubic', 'linear', 'nearest', 'mks2013', 'mks2021'],
      default: 'lanczos3',
      summary: 'interpolation kernel',
    },
    minw: { ...side, summary: 'least width of the result in CSS pixels' },
    minh: { ...side, summary: 'least height of the result in CSS pixels' },
  },
  stages(options, frame, scene) {
    if ([options.w, options.h, options.minw, options.minh].every(value => value === undefined)) {
      throw new DarkroomError('bad-url', 'resize: needs w, h, minw or minh')
    }
    // words were replaced by what the client hints at before anything is planned
    const dpr = typeof options.dpr === 'number' ? options.dpr : 1
    const times = (value: number | string | undefined) =>
      typeof value === 'number' ? value * dpr : undefined
    const { scaled, output } = fitSize(frame, {
      width: times(options.w),
      height: times(options.h),
      minWidth: times(options.minw) ?? 1,
      minHeight: times(options.minh) ?? 1,
      fit: options.fit,
      enlarge: options.enlarge || scene.vector,
    })
    const same = scaled.width === frame.width && scaled.height === frame.height
    const cropped = output.width < scaled.width || output.height < scaled.height
    const point = options.fx !== undefined || options.fy !== undefined
    const stages = same ? [] : [scale(frame, scaled, options.kernel)]
    const now: Frame = { ...scaled, alpha: frame.alpha }
    if (cropped) {
      const focus = { x: options.fx ?? 0.5, y: options.fy ?? 0.5 }
      const part = point
        ? { region: placeAroundPoint(scaled, output, focus) }
        : chooseCrop(frame, scaled, output, options.g, scene)
      if ('region' in part) return [...stages, extract(now, part.region, !same)]
      const find = scene.animated ? smartCoverAnimation : smartCover
      return [find(frame, output, part, options.kernel)]
    }
    if (output.width === scaled.width && output.height === scaled.height) return stages
    const { left, top } = placeByGravity(output, scaled, options.g)
    const edges = {
      left,
      top,
      right: output.width - scaled.width - left,
      bottom: output.height - scaled.height - top,
    }
    return [...stages, embed(now, edges, parseColor(options.bg))]
  },
})

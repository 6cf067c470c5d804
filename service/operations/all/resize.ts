import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { fitSize } from '../fit.ts'
import { chooseCrop } from '../gravity.ts'
import { defineOperation } from '../operation.ts'
import { placeAroundPoint, placeByGravity } from '../placement.ts'
import { oneRequired } from '../rules.ts'
import type { Frame } from '../shapes.ts'
import { backgroundOption, gravityOption } from '../shared-options.ts'
import { embed, extract, scale } from '../stages/geometry.ts'
import { smartCover, smartCoverAnimation } from '../stages/smart-crop.ts'

const side = { kind: 'number', min: 1, max: 8192, integer: true, pixels: true } as const
const fraction = { kind: 'number', min: 0, max: 1 } as const

export default defineOperation({
  name: 'resize',
  label: 'Resize',
  group: 'Size',
  summary: 'resizes the image to a width, a height or both; never enlarges it unless enlarge is set',
  example: 'resize_w-500',
  options: {
    w: {
      ...side,
      words: ['auto'],
      label: 'Width',
      summary:
        'width in CSS pixels; auto is the width in device pixels that Sec-CH-Width states, else Sec-CH-Viewport-Width times Sec-CH-DPR, else 1280; it is rounded up to 160, 200, 256, 320, 400, 512, 640, 800, 1024, 1280, 1600, 1920, 2400, 3072 or 3840, and dpr then multiplies only h, minw and minh',
    },
    h: {
      ...side,
      words: ['auto'],
      label: 'Height',
      summary: 'height in CSS pixels; auto follows the aspect ratio',
    },
    fit: {
      kind: 'choice',
      values: ['cover', 'contain', 'fill', 'inside', 'outside'],
      default: 'inside',
      defaultIf: { given: ['w', 'h'], value: 'cover' },
      label: 'Fit',
      summary:
        'how the image fits w and h: cover crops it, contain adds padding, fill distorts it, inside scales it to fit within both, outside scales it to reach both',
    },
    g: gravityOption,
    fx: {
      ...fraction,
      label: 'Focus from left',
      advanced: true,
      summary: 'focus point when cropping, as a fraction of the width from the left; overrides g',
    },
    fy: {
      ...fraction,
      label: 'Focus from top',
      advanced: true,
      summary: 'focus point when cropping, as a fraction of the height from the top; overrides g',
    },
    enlarge: {
      kind: 'flag',
      default: false,
      label: 'Enlarge',
      advanced: true,
      summary: 'allows a result larger than the original',
    },
    dpr: {
      kind: 'number',
      min: 0.1,
      max: 8,
      words: ['auto'],
      default: 1,
      label: 'Pixel ratio',
      advanced: true,
      summary:
        'device pixel ratio, by which all sides are multiplied; auto takes Sec-CH-DPR, rounded up to 1, 1.5, 2, 3 or 4; it is 1 without this header, and with Save-Data',
    },
    bg: {
      ...backgroundOption,
      label: 'Background',
      advanced: true,
      summary: 'colour of the padding of contain; transparent becomes white in formats without transparency',
    },
    kernel: {
      kind: 'choice',
      values: ['lanczos3', 'lanczos2', 'mitchell', 'cubic', 'linear', 'nearest', 'mks2013', 'mks2021'],
      default: 'lanczos3',
      label: 'Kernel',
      advanced: true,
      summary: 'interpolation kernel',
    },
    minw: {
      ...side,
      label: 'Minimum width',
      advanced: true,
      summary: 'minimum width of the result in CSS pixels',
    },
    minh: {
      ...side,
      label: 'Minimum height',
      advanced: true,
      summary: 'minimum height of the result in CSS pixels',
    },
  },
  rules: [
    oneRequired('w', 'h', 'minw', 'minh'),
    { anyOf: [{ properties: { h: { not: { const: 'auto' } } } }, oneRequired('w', 'minw', 'minh')] },
  ],
  stages(options, frame, context) {
    if ([options.w, options.h, options.minw, options.minh].every(value => value === undefined)) {
      throw new DarkroomError('bad-url', 'resize: one of w, h, minw or minh is required')
    }
    // `auto` is replaced by the client's hints before a URL is planned, so only numbers remain.
    const dpr = typeof options.dpr === 'number' ? options.dpr : 1
    const toDevicePixels = (value: number | string | undefined) =>
      typeof value === 'number' ? value * dpr : undefined
    const { scaled, output } = fitSize(frame, {
      width: toDevicePixels(options.w),
      height: toDevicePixels(options.h),
      minWidth: toDevicePixels(options.minw) ?? 1,
      minHeight: toDevicePixels(options.minh) ?? 1,
      fit: options.fit,
      enlarge: options.enlarge || context.vector,
    })
    const unscaled = scaled.width === frame.width && scaled.height === frame.height
    const cropped = output.width < scaled.width || output.height < scaled.height
    const hasFocus = options.fx !== undefined || options.fy !== undefined
    const stages = unscaled ? [] : [scale(frame, scaled, options.kernel)]
    const scaledFrame: Frame = { ...scaled, alpha: frame.alpha }
    if (cropped) {
      const focus = { x: options.fx ?? 0.5, y: options.fy ?? 0.5 }
      const choice = hasFocus
        ? { region: placeAroundPoint(scaled, output, focus) }
        : chooseCrop(frame, scaled, output, options.g, context)
      if ('region' in choice) return [...stages, extract(scaledFrame, choice.region, !unscaled)]
      const cover = context.animated ? smartCoverAnimation : smartCover
      return [cover(frame, output, choice, options.kernel)]
    }
    if (output.width === scaled.width && output.height === scaled.height) return stages
    const { left, top } = placeByGravity(output, scaled, options.g)
    const edges = {
      left,
      top,
      right: output.width - scaled.width - left,
      bottom: output.height - scaled.height - top,
    }
    return [...stages, embed(scaledFrame, edges, parseColor(options.bg))]
  },
})

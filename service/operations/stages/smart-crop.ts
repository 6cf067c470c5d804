import sharp, { type KernelEnum, type Sharp } from 'sharp'
import type { Frame, Region, Size } from '../shapes.ts'
import type { Probe, Stage } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { extract, scale } from './geometry.ts'
import { rank } from './rank.ts'

/** By what something stands out, and a word for the response when that is not what was asked for. */
export interface SmartCrop {
  readonly strategy: 'attention' | 'entropy'
  readonly note?: string
}

type Kernel = keyof KernelEnum

const costMs = (frame: Frame) => 2 * msPerMegapixel.scale * megapixels(frame)

/** Scales to cover the size and cuts off what stands out least; the size must not exceed the picture's. */
export function smartCover(frame: Frame, size: Size, attention: SmartCrop, kernel: Kernel): Stage {
  const { strategy, note } = attention
  return {
    ...(note === undefined ? {} : { note }),
    name: `cover ${size.width}x${size.height} by ${strategy}`,
    rank: frame.alpha ? rank.smartCoverAlpha : rank.smartCover,
    colors: 'reads',
    frame: { ...size, alpha: frame.alpha },
    costMs: costMs(frame),
    mapPoint: () => undefined,
    fixedSize: true,
    // of 72 crops of photographs, 69 were at the same place, to a pixel; in the others several places stand out alike
    ...(kernel === 'nearest'
      ? {}
      : { onSmallerCopy: copy => smartCover({ ...copy, alpha: frame.alpha }, size, attention, kernel) }),
    apply: pipeline => pipeline.resize({ ...size, fit: 'cover', position: strategy, kernel }),
  }
}

/** The same for an animation: what stands out in the first frame is kept in all. */
export function smartCoverAnimation(frame: Frame, size: Size, attention: SmartCrop, kernel: Kernel): Probe {
  const { strategy } = attention
  const factor = Math.max(size.width / frame.width, size.height / frame.height)
  const side = (length: number, least: number) => Math.max(least, Math.round(length * factor))
  const scaled: Frame = {
    width: side(frame.width, size.width),
    height: side(frame.height, size.height),
    alpha: frame.alpha,
  }
  return {
    name: `find ${size.width}x${size.height} by ${strategy}`,
    costMs: costMs(frame),
    expected: { left: 0, top: 0, ...size },
    measure: async picture => (await cover(picture, size, strategy)).region,
    stages: found => [scale(frame, scaled, kernel), noted(extract(scaled, found, true), attention)],
  }
}

/** Cuts the region of this size that stands out in the first frame of an animation, without scaling. */
export function smartCropAnimation(frame: Frame, size: Size, attention: SmartCrop): Probe {
  const { strategy } = attention
  return {
    name: `find ${size.width}x${size.height} by ${strategy}`,
    costMs: costMs(frame),
    expected: { left: 0, top: 0, ...size },
    async measure(picture) {
      const wide = await cover(picture, { width: size.width, height: frame.height }, strategy)
      const high = await cover(sharp(wide.file), size, strategy)
      return { left: wide.region.left, top: high.region.top, ...size }
    },
    stages: found => [noted(extract(frame, found), attention)],
  }
}

const noted = (stage: Stage, { note }: SmartCrop): Stage => (note === undefined ? stage : { ...stage, note })

/** What stands out, as a lossless file, and where it was in the picture scaled to cover the size. */
async function cover(
  picture: Sharp,
  size: Size,
  strategy: SmartCrop['strategy'],
): Promise<{ file: Buffer; region: Region }> {
  const { data, info } = await picture
    .resize({ ...size, fit: 'cover', position: strategy })
    .png({ compressionLevel: 0 })
    .toBuffer({ resolveWithObject: true })
  // sharp tells how far the crop moved the picture, so against the axes
  const [left, top] = [Math.abs(info.cropOffsetLeft ?? 0), Math.abs(info.cropOffsetTop ?? 0)]
  return { file: data, region: { left, top, ...size } }
}

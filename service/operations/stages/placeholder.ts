import sharp from 'sharp'
import { extractPalette } from '../analysis/palette.ts'
import { fitWithin } from '../analysis/resample.ts'
import { openRgba, readRgba } from '../analysis/rgba.ts'
import { decodeThumbhash, encodeThumbhash } from '../analysis/thumbhash.ts'
import type { Frame } from '../shapes.ts'
import type { Stage } from '../stage.ts'
import { rank } from './rank.ts'

/** Replaces an image by one pixel of its dominant colour. The image must have been scaled down before. */
export function dominantColor(): Stage {
  return {
    name: 'dominant colour',
    rank: rank.replace,
    colors: 'adds',
    frame: { width: 1, height: 1, alpha: false },
    costMs: 30,
    mapPoint: () => undefined,
    async apply(pipeline) {
      const [{ color }] = extractPalette(await readRgba(pipeline))
      return sharp({ create: { width: 1, height: 1, channels: 3, background: color } })
    },
  }
}

/**
 * Replaces an image by its decoded ThumbHash, with the image's aspect ratio and no side longer than `maxSide`. The
 * image must have been scaled down before.
 */
export function thumbhashPreview(frame: Frame, maxSide: number): Stage {
  const { width, height } = fitWithin(frame, maxSide)
  return {
    name: `thumbhash ${width}x${height}`,
    rank: rank.replace,
    colors: 'adds',
    frame: { width, height, alpha: frame.alpha },
    costMs: 5,
    mapPoint: ({ x, y }) => ({ x: (x * width) / frame.width, y: (y * height) / frame.height }),
    async apply(pipeline) {
      const decoded = openRgba(decodeThumbhash(encodeThumbhash(await readRgba(pipeline))))
      const resized = decoded.resize({ width, height, fit: 'fill' })
      return frame.alpha ? resized : resized.removeAlpha()
    },
  }
}

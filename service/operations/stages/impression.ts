import sharp from 'sharp'
import { paletteOf } from '../impression/palette.ts'
import { pictureOf, pixelsOf, within } from '../impression/pixels.ts'
import { thumbhashOf, thumbhashPixels } from '../impression/thumbhash.ts'
import type { Frame, Stage } from '../operation.ts'
import { rank } from './rank.ts'

/** One pixel of the colour that most of a small picture has. */
export function dominate(): Stage {
  return {
    name: 'dominant colour',
    rank: rank.replace,
    colors: 'adds',
    frame: { width: 1, height: 1, alpha: false },
    costMs: 30,
    moves: () => undefined,
    async draw(pipeline) {
      const [{ color }] = await paletteOf(await pixelsOf(pipeline))
      return sharp({ create: { width: 1, height: 1, channels: 3, background: color } })
    },
  }
}

/** What the ThumbHash of a small picture shows of it, in its own shape with no side longer than this. */
export function thumbhash(frame: Frame, side: number): Stage {
  const { width, height } = within(frame, side)
  return {
    name: `thumbhash ${width}x${height}`,
    rank: rank.replace,
    colors: 'adds',
    frame: { width, height, alpha: frame.alpha },
    costMs: 5,
    moves: ({ x, y }) => ({ x: (x * width) / frame.width, y: (y * height) / frame.height }),
    async draw(pipeline) {
      const picture = pictureOf(thumbhashPixels(await thumbhashOf(await pixelsOf(pipeline))))
      const shaped = picture.resize({ width, height, fit: 'fill' })
      return frame.alpha ? shaped : shaped.removeAlpha()
    },
  }
}

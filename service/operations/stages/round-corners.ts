import type { OverlayOptions } from 'sharp'
import { type Color, flattenColor } from '../color.ts'
import type { Frame } from '../shapes.ts'
import type { Stage } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { rank } from './rank.ts'
import { eachRow } from './rows.ts'

/** Rounds the corners with this radius, in pixels, and fills the area outside with the colour. */
export function roundCorners(frame: Frame, radius: number, color: Color): Stage {
  const alpha = frame.alpha || color.alpha < 1
  return {
    name: `round ${radius}`,
    rank: frame.alpha ? rank.composite : rank.compositeOpaque,
    ...(color.alpha > 0 ? { colors: 'adds' } : {}),
    frame: { width: frame.width, height: frame.height, alpha },
    costMs: msPerMegapixel.round * megapixels(frame),
    async apply(pipeline, context) {
      const background = flattenColor(context, color)
      const cut =
        background.alpha < 1 ? await corners(frame, radius, { ...background, alpha: 1 }, 'dest-out') : []
      const fill =
        background.alpha > 0
          ? await corners(frame, radius, background, background.alpha < 1 ? 'add' : 'over')
          : []
      const rounded = pipeline.composite([...cut, ...fill])
      return context.opaque || !alpha ? rounded.removeAlpha() : rounded
    },
  }
}

type Blend = 'dest-out' | 'add' | 'over'

/** One mask for each corner. The pixels between them do not change, so a mask of the image's size is not needed. */
async function corners(frame: Frame, radius: number, color: Color, blend: Blend): Promise<OverlayOptions[]> {
  const side = Math.ceil(radius)
  const [right, bottom] = [frame.width - side, frame.height - side]
  const places = [
    [0, 0],
    [right, 0],
    [0, bottom],
    [right, bottom],
  ] as const
  const pieces = places.map(([left, top]) => ({ pixels: new Uint32Array(side * side), left, top }))
  const [northwest, northeast, southwest, southeast] = pieces.map(({ pixels }) => pixels)
  const outsideRow = outsideRows(radius, color)
  await eachRow({ width: side * places.length, height: side }, row => {
    const [above, below] = [row * side, (side - 1 - row) * side]
    const pixels = outsideRow(row)
    northwest?.set(pixels, above)
    southwest?.set(pixels, below)
    pixels.reverse()
    northeast?.set(pixels, above)
    southeast?.set(pixels, below)
  })
  return pieces.map(({ pixels, left, top }) => ({
    input: Buffer.from(pixels.buffer),
    raw: { width: side, height: side, channels: 4 },
    left,
    top,
    blend,
  }))
}

/**
 * Returns a function that draws a row of the top left corner, one RGBA pixel per element. Outside the circle pixels have
 * the colour, inside they are transparent; the edge is antialiased over the width of one pixel.
 */
function outsideRows(radius: number, color: Color): (row: number) => Uint32Array {
  const side = Math.ceil(radius)
  const pixel = (share: number) => {
    const bytes = Uint8Array.of(color.r, color.g, color.b, Math.round(255 * color.alpha * share))
    return new Uint32Array(bytes.buffer)[0] ?? 0
  }
  return row => {
    const pixels = new Uint32Array(side)
    const y = radius - row - 0.5
    const first = Math.max(0, Math.ceil(radius - 0.5 - Math.sqrt((radius + 0.5) ** 2 - y ** 2)))
    pixels.fill(pixel(1), 0, first)
    for (let column = first; column < side; column++) {
      const share = Math.hypot(radius - column - 0.5, y) - radius + 0.5
      if (share <= 0) break
      pixels[column] = pixel(Math.min(1, share))
    }
    return pixels
  }
}

import type { OverlayOptions } from 'sharp'
import { type Color, colorOn } from '../color.ts'
import type { Frame, Stage } from '../operation.ts'
import { megapixels, perMegapixel, rank } from './rank.ts'

/** Cuts the corners off along circles of this radius, in pixels, and fills them with the colour. */
export function round(frame: Frame, radius: number, color: Color): Stage {
  const alpha = frame.alpha || color.alpha < 1
  return {
    name: `round ${radius}`,
    rank: frame.alpha ? rank.composite : rank.compositeSolid,
    ...(color.alpha > 0 ? { colors: 'adds' } : {}),
    frame: { width: frame.width, height: frame.height, alpha },
    costMs: perMegapixel.round * megapixels(frame),
    draw(pipeline, canvas) {
      const filled = colorOn(canvas, color)
      const cut = filled.alpha < 1 ? corners(frame, radius, { ...filled, alpha: 1 }, 'dest-out') : []
      const fill = filled.alpha > 0 ? corners(frame, radius, filled, filled.alpha < 1 ? 'add' : 'over') : []
      const drawn = pipeline.composite([...cut, ...fill])
      return canvas.opaque || !alpha ? drawn.removeAlpha() : drawn
    },
  }
}

type Blend = 'dest-out' | 'add' | 'over'

/** A piece for each corner: what lies between them is not touched, so a mask of the picture's size is not needed. */
function corners(frame: Frame, radius: number, color: Color, blend: Blend): OverlayOptions[] {
  const side = Math.ceil(radius)
  const [right, bottom] = [frame.width - side, frame.height - side]
  const northwest = outside(radius, color)
  const southwest = upsideDown(northwest, side)
  const piece = (pixels: Uint32Array, left: number, top: number): OverlayOptions => ({
    input: Buffer.from(pixels.buffer),
    raw: { width: side, height: side, channels: 4 },
    left,
    top,
    blend,
  })
  return [
    piece(northwest, 0, 0),
    piece(southwest, 0, bottom),
    piece(southwest.toReversed(), right, 0),
    piece(northwest.toReversed(), right, bottom),
  ]
}

/** The corner at the top left, a pixel an element: the colour outside the circle, its edge softened over a pixel. */
function outside(radius: number, color: Color): Uint32Array {
  const side = Math.ceil(radius)
  const pixels = new Uint32Array(side * side)
  const pixel = (share: number) => {
    const bytes = Uint8Array.of(color.r, color.g, color.b, Math.round(255 * color.alpha * share))
    return new Uint32Array(bytes.buffer)[0] ?? 0
  }
  for (let row = 0; row < side; row++) {
    const y = radius - row - 0.5
    const first = Math.max(0, Math.ceil(radius - 0.5 - Math.sqrt((radius + 0.5) ** 2 - y ** 2)))
    pixels.fill(pixel(1), row * side, row * side + first)
    for (let column = first; column < side; column++) {
      const share = Math.hypot(radius - column - 0.5, y) - radius + 0.5
      if (share <= 0) break
      pixels[row * side + column] = pixel(Math.min(1, share))
    }
  }
  return pixels
}

function upsideDown(pixels: Uint32Array, side: number): Uint32Array {
  const turned = new Uint32Array(pixels.length)
  for (let row = 0; row < side; row++) {
    turned.set(pixels.subarray(row * side, (row + 1) * side), (side - 1 - row) * side)
  }
  return turned
}

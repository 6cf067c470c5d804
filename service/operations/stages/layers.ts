import sharp, { type Sharp } from 'sharp'
import type { Color } from '../color.ts'
import type { Region, Size } from '../shapes.ts'

/** Pixels to composite over an image: red, green, blue, straight alpha, 8 bits a sample. */
export interface Layer extends Size {
  readonly data: Buffer
}

/** A layer and its position: a place inside the image, or repeated everywhere from the top left corner. */
export interface PlacedLayer extends Layer {
  readonly at: { readonly left: number; readonly top: number } | 'everywhere'
}

const open = ({ data, width, height }: Layer): Sharp =>
  sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: false })

/** Multiplies the layer's alpha by an opacity of 0–1. */
export async function applyOpacity(layer: Layer, opacity: number): Promise<Layer> {
  if (opacity === 1) return layer
  const data = await open(layer).linear([1, 1, 1, opacity], [0, 0, 0, 0]).raw().toBuffer()
  return { data, width: layer.width, height: layer.height }
}

/** Crops the layer to a region. */
export async function cropLayer(layer: Layer, { left, top, width, height }: Region): Promise<Layer> {
  if (width === layer.width && height === layer.height) return layer
  const data = await open(layer).extract({ left, top, width, height }).raw().toBuffer()
  return { data, width, height }
}

/** Puts the layer on a box of this colour, with a padding on every side, in pixels. */
export async function addBackgroundBox(layer: Layer, padding: number, background: Color): Promise<Layer> {
  const { data: input, ...size } = layer
  const [width, height] = [size.width + 2 * padding, size.height + 2 * padding]
  const data = await sharp({ create: { width, height, channels: 4, background } })
    .composite([{ input, raw: { ...size, channels: 4 }, left: padding, top: padding }])
    .raw()
    .toBuffer()
  return { data, width, height }
}

/** The minimum side of a tile, in pixels: libvips spends time on each repetition. */
const minTileSide = 256

/**
 * Builds a tile. Repeated from the frame's top left corner, it shows copies of the layer at distances of `period`, one
 * of them exactly at the anchor.
 */
export function buildTile(
  layer: Layer,
  period: Size,
  anchor: { readonly left: number; readonly top: number },
  frame: Size,
): Layer {
  const side = (every: number, whole: number) => Math.min(whole, every * Math.ceil(minTileSide / every))
  const width = side(period.width, frame.width)
  const height = side(period.height, frame.height)
  const data = Buffer.alloc(width * height * 4)
  const first = modulo(anchor.left, period.width) - period.width
  for (let row = 0; row < height; row++) {
    const line = modulo(row - anchor.top, period.height)
    if (line >= layer.height) continue
    for (let left = first; left < width; left += period.width) {
      const [start, end] = [Math.max(0, left), Math.min(width, left + layer.width)]
      const at = line * layer.width - left
      if (start < end) layer.data.copy(data, (row * width + start) * 4, (at + start) * 4, (at + end) * 4)
    }
  }
  return { data, width, height }
}

/** The remainder, never negative. */
const modulo = (value: number, by: number) => ((value % by) + by) % by

import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { eachRow } from '../../operations/stages/rows.ts'
import { pngChunk, pngSignature } from '../metadata/png-chunk.ts'
import { type ResultPixels, wordsOf } from './pixel-traits.ts'

const compress = promisify(deflate)

/**
 * Writes a PNG with a palette, without loss, at 1, 2, 4 or 8 bits a pixel. libvips would choose the palette by a
 * quantiser, which changes colours that are partly transparent.
 * @param palette every colour of the pixels, at most 256
 * @param level of compression, 0 to 9
 */
export async function writePalettePng(
  result: ResultPixels,
  palette: ReadonlySet<number>,
  level: number,
): Promise<Buffer> {
  const { width, height } = result
  // colours with transparency come first, so that the chunk tRNS needs no alphas for the opaque colours after them
  const colors = [...palette].sort((a, b) => (a >>> 24) - (b >>> 24) || a - b)
  const indexes = new Map(colors.map((color, index) => [color, index]))
  const bits = [1, 2, 4, 8].find(bits => 2 ** bits >= colors.length) ?? 8
  const pixels = wordsOf(result)
  const rowBytes = 1 + Math.ceil((width * bits) / 8)
  const rows = Buffer.alloc(rowBytes * height)
  await eachRow({ width, height }, row => {
    for (let x = 0; x < width; x++) {
      const index = indexes.get(pixels[row * width + x] ?? 0) ?? 0
      const at = row * rowBytes + 1 + ((x * bits) >> 3)
      rows[at] = (rows[at] ?? 0) | (index << (8 - bits - ((x * bits) & 7)))
    }
  })
  const alphas = colors.map(color => color >>> 24).filter(alpha => alpha < 255)
  return Buffer.concat([
    pngSignature,
    ...pngChunk('IHDR', header(width, height, bits)),
    ...pngChunk('PLTE', Buffer.from(colors.flatMap(channelsOf))),
    ...(alphas.length > 0 ? pngChunk('tRNS', Buffer.from(alphas)) : []),
    ...pngChunk('IDAT', await compress(rows, { level, memLevel: 9 })),
    ...pngChunk('IEND', Buffer.alloc(0)),
  ])
}

const channelsOf = (color: number) => [color & 255, (color >> 8) & 255, (color >> 16) & 255]

/**
 * The content of `IHDR`: colour type 3 (a palette), compression method 0 and filter method 0 (the only ones defined),
 * and no interlacing.
 */
function header(width: number, height: number, bits: number): Buffer {
  const body = Buffer.alloc(13)
  body.writeUInt32BE(width, 0)
  body.writeUInt32BE(height, 4)
  body.set([bits, 3, 0, 0, 0], 8)
  return body
}

import type { BitmapCompression, BitmapHeader } from './bmp-header.ts'
import { undecodableFile } from './page-limits.ts'

/** The output of the decoder. Pixels outside are dropped, as in every BMP reader. */
interface Raster {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  /** Bytes per pixel. */
  readonly depth: 1 | 3
}

/**
 * Decodes run lengths (Windows' BI_RLE4 and BI_RLE8, OS/2's RLE24) to palette indices, or to blue, green and red. Rows
 * are bottom-up, as stored. Pixels that no run covers stay 0. The work is bounded by file and output size.
 * @throws DarkroomError `undecodable` when the file ends before the last row is complete and has no end marker
 */
export function decodeRunLengths(file: Buffer, at: number, header: BitmapHeader): Uint8Array {
  const { width, height, compression } = header
  const depth = compression === 'rle24' ? 3 : 1
  const raster: Raster = { data: new Uint8Array(width * height * depth), width, height, depth }
  let x = 0
  let y = 0
  let offset = at
  const next = () => {
    const value = file[offset++]
    if (value === undefined) throw undecodableFile('the run-length data is truncated')
    return value
  }
  while (y < height) {
    // some programs omit the final end marker
    if (offset >= file.length && y === height - 1 && x >= width) break
    const count = next()
    const code = count > 0 ? -1 : next()
    if (count > 0) {
      const samples = sampler(compression, next, true)
      for (let index = 0; index < count; index++) put(raster, x++, y, samples(index))
    } else if (code === 0) {
      x = 0
      y++
    } else if (code === 1) break
    else if (code === 2) {
      x += next()
      y += next()
    } else {
      const started = offset
      const samples = sampler(compression, next, false)
      for (let index = 0; index < code; index++) put(raster, x++, y, samples(index))
      // a run of literal pixels is padded to a multiple of 16 bits
      if ((offset - started) % 2 === 1) offset++
    }
  }
  return raster.data
}

/**
 * Returns a function that gives the samples of a pixel by its index in the run, and has to be called in order. A
 * repeated pixel is read once for the whole run, literal pixels are read one after another. RLE4 packs two pixels
 * into a byte.
 */
function sampler(
  compression: BitmapCompression,
  next: () => number,
  repeated: boolean,
): (index: number) => readonly number[] {
  const read = compression === 'rle24' ? () => [next(), next(), next()] : () => [next()]
  let current = repeated ? read() : []
  return index => {
    if (compression !== 'rle4') {
      if (!repeated) current = read()
      return current
    }
    if (!repeated && index % 2 === 0) current = read()
    const pair = current[0] ?? 0
    return [index % 2 === 0 ? pair >> 4 : pair & 15]
  }
}

function put({ data, width, height, depth }: Raster, x: number, y: number, samples: readonly number[]): void {
  if (x >= width || y >= height) return
  for (let channel = 0; channel < depth; channel++)
    data[(y * width + x) * depth + channel] = samples[channel] ?? 0
}

import type { BitmapCompression, BitmapHeader } from './bmp-header.ts'
import { undecodableFile } from './page-limits.ts'

/** A raster that runs are written to: what lies outside is left out, as every reader of bitmaps does. */
interface Raster {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  /** Bytes a pixel. */
  readonly depth: 1 | 3
}

/**
 * Expands a run-length encoded bitmap (Windows' BI_RLE4 and BI_RLE8, OS/2's RLE24): palette indices, or blue, green
 * and red. Rows come bottom up, as stored; what no run reaches stays 0. The work is bounded by the file and the raster.
 * @throws DarkroomError `undecodable` when the runs end before their mark
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
    if (value === undefined) throw undecodableFile('the file ends within its runs')
    return value
  }
  while (y < height) {
    // some writers leave the last mark out
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
      const begun = offset
      const samples = sampler(compression, next, false)
      for (let index = 0; index < code; index++) put(raster, x++, y, samples(index))
      // literal pixels fill whole words
      if ((offset - begun) % 2 === 1) offset++
    }
  }
  return raster.data
}

/** Gives the samples of a run: repeated ones are read once, literal ones each; RLE4 has two in a byte. */
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

import type { BitmapHeader } from './bmp-header.ts'
import { decodeRunLengths } from './bmp-rle.ts'
import type { DecodedPixels } from './decoded-page.ts'
import { undecodableFile } from './page-limits.ts'

/** Writes the pixel at byte `to` of the output from the sample of column `x` in the row that starts at `row`. */
type PixelWriter = (row: number, x: number, to: number) => void

/** Bytes per row. Rows are padded to 32 bits. */
export const bitmapStride = (width: number, bits: number) => Math.ceil((width * bits) / 32) * 4

/**
 * Decodes the pixels of a bitmap whose size was checked.
 * @param at offset of the samples
 * @throws DarkroomError `undecodable` when samples are missing
 */
export function decodeBitmap(file: Buffer, at: number, header: BitmapHeader): DecodedPixels {
  const { width, height, bits, topDown, compression } = header
  const channels = header.masks.alpha === 0 ? 3 : 4
  const data = new Uint8Array(width * height * channels)
  const expanded = compression === 'none' ? undefined : decodeRunLengths(file, at, header)
  // decoded runs are whole bytes without padding
  const depth = expanded === undefined ? bits : compression === 'rle24' ? 24 : 8
  const samples = expanded ?? file.subarray(at)
  const stride = expanded === undefined ? bitmapStride(width, bits) : (width * depth) / 8
  const needed = (height - 1) * stride + Math.ceil((width * depth) / 8)
  if (samples.length < needed) throw undecodableFile('the pixel data is truncated')
  const writePixel = pixelWriter(samples, depth, header, data)
  for (let y = 0; y < height; y++) {
    const row = (topDown ? y : height - 1 - y) * stride
    for (let x = 0; x < width; x++) writePixel(row, x, (y * width + x) * channels)
  }
  return channels === 4 && isClear(data) ? opaque(width, height, data) : { width, height, channels, data }
}

function pixelWriter(samples: Uint8Array, depth: number, header: BitmapHeader, out: Uint8Array): PixelWriter {
  if (depth <= 8) return paletteWriter(samples, depth, header.palette, out)
  if (depth === 24) {
    return (row, x, to) => {
      const from = row + x * 3
      out[to] = samples[from + 2] ?? 0
      out[to + 1] = samples[from + 1] ?? 0
      out[to + 2] = samples[from] ?? 0
    }
  }
  return maskWriter(samples, depth, header, out)
}

/** An index beyond the palette is black. */
function paletteWriter(
  samples: Uint8Array,
  depth: number,
  palette: Uint8Array,
  out: Uint8Array,
): PixelWriter {
  const mask = (1 << depth) - 1
  return (row, x, to) => {
    const bit = x * depth
    const index = ((samples[row + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & mask
    for (let channel = 0; channel < 3; channel++) out[to + channel] = palette[index * 3 + channel] ?? 0
  }
}

function maskWriter(samples: Uint8Array, depth: number, header: BitmapHeader, out: Uint8Array): PixelWriter {
  const { red, green, blue, alpha } = header.masks
  const readers = [red, green, blue, ...(alpha === 0 ? [] : [alpha])].map(maskReader)
  const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength)
  return (row, x, to) => {
    const value = depth === 16 ? view.getUint16(row + x * 2, true) : view.getUint32(row + x * 4, true)
    let at = to
    for (const read of readers) out[at++] = read(value)
  }
}

/** Extracts the bits of a mask and scales them to 0–255. */
function maskReader(mask: number): (value: number) => number {
  if (mask === 0) return () => 0
  const shift = 31 - Math.clz32(mask & -mask)
  const most = mask >>> shift
  if (most === 255) return value => (value >>> shift) & 255
  return value => Math.round((((value & mask) >>> shift) * 255) / most)
}

/** Programs that do not support transparency leave alpha at 0, which would hide the whole image. */
function isClear(data: Uint8Array): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) return false
  return true
}

/** A plain loop: `filter` builds a list on the heap, and a thread whose heap overflows ends the whole process. */
function opaque(width: number, height: number, data: Uint8Array): DecodedPixels {
  const packed = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3)
    packed.set(data.subarray(from, from + 3), to)
  return { width, height, channels: 3, data: packed }
}

import { DarkroomError } from '../../errors/catalogue.ts'
import { type BitmapHeader, readBitmapHeader } from './bmp-header.ts'
import { bitmapStride, decodeBitmap } from './bmp-pixels.ts'
import type { DecodedPage, DecodedPixels, PageRequest } from './decoded-page.ts'
import { assertPageExists, assertSize, undecodableFile } from './page-limits.ts'

/** An image of an icon file: its position, size and depth. */
interface Entry {
  readonly at: number
  readonly bytes: number
  readonly width: number
  readonly height: number
  readonly bits: number
}

const isPng = (data: Buffer) => data.toString('latin1', 0, 4) === '\x89PNG'

/**
 * Decodes a Windows icon or cursor. Page 1 is the largest entry (of equal sizes, the one with most colours); the others
 * follow in this order. Only the requested entry is decoded.
 */
export function decodeIco(bytes: Uint8Array, { page, maxPixels }: PageRequest): DecodedPage {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries = readEntries(file)
  assertPageExists(page, entries.length)
  const entry = entries[page - 1]
  if (entry === undefined)
    throw undecodableFile(`page ${page} does not exist, the file has ${entries.length}`)
  const data = file.subarray(entry.at, entry.at + entry.bytes)
  const sizes = entries.map(({ width, height }) => [width, height] as const)
  const content = isPng(data) ? { file: data } : readIcon(data, maxPixels)
  return { content, pages: entries.length, sizes }
}

/**
 * The entries, largest first. Sizes are read from each entry's own header, as the directory is often wrong and cannot
 * express 256. An entry with a damaged header is left out.
 */
function readEntries(file: Buffer): Entry[] {
  const places = Array.from({ length: file.readUInt16LE(4) }, (_, index) => 6 + 16 * index)
  const entries = places.flatMap(from => readEntry(file, from) ?? [])
  if (entries.length === 0) throw undecodableFile('none of the pictures in the icon can be read')
  return entries.sort((a, b) => b.width * b.height - a.width * a.height || b.bits - a.bits)
}

/** The entry that the directory describes at an offset; undefined when its header cannot be read. */
function readEntry(file: Buffer, from: number): Entry | undefined {
  if (from + 16 > file.length) return undefined
  const place = { at: file.readUInt32LE(from + 12), bytes: file.readUInt32LE(from + 8) }
  try {
    const entry = { ...place, ...readSize(file.subarray(place.at, place.at + place.bytes)) }
    return entry.width > 0 && entry.height > 0 ? entry : undefined
  } catch (error) {
    if (error instanceof RangeError || error instanceof DarkroomError) return undefined
    throw error
  }
}

function readSize(data: Buffer): { width: number; height: number; bits: number } {
  if (isPng(data)) return { width: data.readUInt32BE(16), height: data.readUInt32BE(20), bits: 32 }
  if (data.length < 16) return { width: 0, height: 0, bits: 0 }
  const { width, height, bits } = readBitmapHeader(data, 0)
  return { width, height: Math.floor(height / 2), bits }
}

/** An icon's bitmap has twice the height: the lower half is a 1-bit transparency mask. */
function readIcon(data: Buffer, maxPixels: number): DecodedPixels {
  const doubled = readBitmapHeader(data, 0)
  const height = Math.floor(doubled.height / 2)
  assertSize(doubled.width, height, maxPixels)
  const header: BitmapHeader = { ...doubled, height, ...(doubled.bits === 32 ? { masks: alphaMasks } : {}) }
  const pixels = decodeBitmap(data, header.end, header)
  if (pixels.channels === 4) return pixels
  return masked(
    pixels,
    data.subarray(header.end + bitmapStride(header.width, header.bits) * height),
    header.topDown,
  )
}

/** The fourth byte of a 32-bit icon is always alpha, whatever the header says. */
const alphaMasks = { red: 0xff0000, green: 0xff00, blue: 0xff, alpha: 0xff000000 }

function masked({ width, height, data }: DecodedPixels, mask: Buffer, topDown: boolean): DecodedPixels {
  const stride = bitmapStride(width, 1)
  const out = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y++) {
    const row = (topDown ? y : height - 1 - y) * stride
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3
      const to = (y * width + x) * 4
      for (let channel = 0; channel < 3; channel++) out[to + channel] = data[from + channel] ?? 0
      // missing mask bits count as opaque
      const isClear = ((mask[row + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1
      out[to + 3] = isClear === 1 ? 0 : 255
    }
  }
  return { width, height, channels: 4, data: out }
}

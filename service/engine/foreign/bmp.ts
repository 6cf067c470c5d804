import { readBitmapHeader } from './bmp-header.ts'
import { decodeBitmap } from './bmp-pixels.ts'
import type { DecodedPage, PageRequest } from './decoded-page.ts'
import { assertPageExists, assertSize, undecodableFile } from './page-limits.ts'

const fileHeaderBytes = 14

/**
 * Reads a BMP of Windows or OS/2: 1 to 32 bits a pixel, palettes, masks, run lengths, either direction, alpha where the
 * header declares it, and embedded JPEG or PNG. Every read is checked against the file's end.
 */
export function decodeBmp(bytes: Uint8Array, { page, maxPixels }: PageRequest): DecodedPage {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  assertPageExists(page, 1)
  // OS/2 may keep several bitmaps of one picture: the first is as good as any
  const at = file.toString('latin1', 0, 2) === 'BA' ? fileHeaderBytes : 0
  const pixelsAt = file.readUInt32LE(at + 10)
  const header = readBitmapHeader(file, at + fileHeaderBytes, pixelsAt || file.length)
  const { width, height, compression } = header
  assertSize(width, height, maxPixels)
  const begin = pixelsAt || header.end
  if (begin >= file.length) throw undecodableFile('the file ends before its pixels')
  if (compression === 'jpeg' || compression === 'png')
    return { content: { file: bytes.subarray(begin) }, pages: 1 }
  return { content: decodeBitmap(file, begin, header), pages: 1 }
}

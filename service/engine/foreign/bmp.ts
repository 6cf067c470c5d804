import { readBitmapHeader } from './bmp-header.ts'
import { decodeBitmap } from './bmp-pixels.ts'
import type { DecodedPage, PageRequest } from './decoded-page.ts'
import { assertPageExists, assertSize, undecodableFile } from './page-limits.ts'

const fileHeaderBytes = 14

/**
 * Decodes a Windows or OS/2 BMP: 1 to 32 bits per pixel, palettes, masks, run lengths, either row order, alpha if the
 * header declares it, and embedded JPEG or PNG. Every read is checked against the end of the file.
 */
export function decodeBmp(bytes: Uint8Array, { page, maxPixels }: PageRequest): DecodedPage {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  assertPageExists(page, 1)
  // OS/2 may store several bitmaps of one image; the first is used
  const at = file.toString('latin1', 0, 2) === 'BA' ? fileHeaderBytes : 0
  const pixelsAt = file.readUInt32LE(at + 10)
  const header = readBitmapHeader(file, at + fileHeaderBytes, pixelsAt || file.length)
  const { width, height, compression } = header
  assertSize(width, height, maxPixels)
  const begin = pixelsAt || header.end
  if (begin >= file.length) throw undecodableFile('the pixel data is missing')
  if (compression === 'jpeg' || compression === 'png')
    return { content: { file: bytes.subarray(begin) }, pages: 1 }
  return { content: decodeBitmap(file, begin, header), pages: 1 }
}

import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { pngChunk } from './png-chunk.ts'

/**
 * Removes the thumbnails from a file's EXIF and XMP. They show the original, and would reveal what a derivative crops,
 * blurs or paints over. Modifies the given buffer, too.
 * @throws Error when the metadata cannot be located: a file that may contain a thumbnail must not be served
 */
export async function removeThumbnails(file: Buffer): Promise<Buffer> {
  const { exif, xmp, format } = await sharp(file).metadata()
  const tiff = exif?.toString('latin1', 0, 6) === 'Exif\0\0' ? exif.subarray(6) : exif
  if (tiff) removeExifThumbnail(locate(file, tiff))
  if (format === 'png') return rewritePng(file, xmp)
  if (xmp?.includes(xmpImage)) blankImages(locate(file, xmp))
  return file
}

/** The part of the file's buffer with the same bytes. */
function locate(file: Buffer, part: Buffer): Buffer {
  const at = file.indexOf(part)
  if (at < 0) throw new Error('cannot locate the written metadata to remove its thumbnail')
  return file.subarray(at, at + part.length)
}

const offsetTag = 0x201
const lengthTag = 0x202

/** EXIF stores its thumbnail in a second directory, as one JPEG (CIPA DC-008, section 4.5.8). */
function removeExifThumbnail(tiff: Buffer): void {
  const isLittleEndian = tiff.toString('latin1', 0, 2) === 'II'
  const isInside = (at: number, bytes: number) => at + bytes <= tiff.length
  const short = (at: number) =>
    isInside(at, 2) ? (isLittleEndian ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at)) : 0
  const long = (at: number) =>
    isInside(at, 4) ? (isLittleEndian ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at)) : 0
  const first = long(4)
  const link = first + 2 + 12 * short(first)
  const second = long(link)
  if (second === 0) return
  tiff.fill(0, link, link + 4)
  const entries = Array.from({ length: short(second) }, (_, index) => second + 2 + 12 * index)
  const read = (tag: number) => long((entries.find(at => short(at) === tag) ?? tiff.length) + 8)
  const at = read(offsetTag)
  if (at > 0) tiff.fill(0, Math.min(at, tiff.length), Math.min(at + read(lengthTag), tiff.length))
  tiff.fill(0, Math.min(second, tiff.length), Math.min(second + 2 + 12 * entries.length, tiff.length))
}

/**
 * XMP's thumbnails (XMP specification, part 2, section 8.6): a base64 JPEG in an attribute or element. The pattern does
 * not look for a closing delimiter, so that its time is linear in untrusted input.
 */
const xmpImage = 'xmpGImg:image'
const xmpImages = /xmpGImg:image(?:\s*=\s*["']([^"'<>]*)|[^<>]{0,200}>([^<]*))/g

function blankImages(xmp: Buffer): void {
  const text = xmp.toString('latin1')
  for (const match of text.matchAll(xmpImages)) {
    const [whole, attribute, element] = match
    const image = attribute ?? element ?? ''
    const at = match.index + whole.lastIndexOf(image)
    xmp.fill(' ', at, at + image.length)
  }
}

const pngSignatureBytes = 8
const pngXmp = Buffer.from('XML:com.adobe.xmp\0\0')

/** PNG chunks end with a checksum, and XMP is stored compressed (PNG, third edition, sections 5.3 and 11.3.3). */
function rewritePng(png: Buffer, xmp: Buffer | undefined): Buffer {
  const parts = [png.subarray(0, pngSignatureBytes)]
  for (let at = pngSignatureBytes; at + 12 <= png.length; ) {
    const end = at + 12 + png.readUInt32BE(at)
    const body = png.subarray(at + 4, end - 4)
    const type = body.toString('latin1', 0, 4)
    const isXmp = type === 'zTXt' && body.subarray(4, 4 + pngXmp.length).equals(pngXmp)
    if (type === 'eXIf') parts.push(...pngChunk(type, body.subarray(4)))
    else if (isXmp && xmp) {
      blankImages(xmp)
      parts.push(...pngChunk(type, Buffer.concat([pngXmp, deflateSync(xmp)])))
    } else parts.push(png.subarray(at, end))
    at = end
  }
  return Buffer.concat(parts)
}

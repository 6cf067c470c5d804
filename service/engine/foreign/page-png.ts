import { deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import type { PagedFormat } from '../../plan/source-formats.ts'
import { pngChunk } from '../metadata/png-chunk.ts'
import { undecodableError } from '../sources/decoder-errors.ts'
import { openSource } from '../sources/libvips.ts'
import { runCodec } from './codec-runner.ts'
import type { DecodedPixels, PageRequest } from './decoded-page.ts'

/** A page of a format that this build of libvips does not read, as a lossless PNG. */
export interface PagePng {
  readonly png: Buffer
  /** Number of pages of the file. */
  readonly pages: number
  /** Width and height of each page, if they can differ. A long document lists only its first pages. */
  readonly sizes?: readonly (readonly [number, number])[]
}

/** A low level: 25 ms per megapixel, where the encoder's default takes 90. */
const compressionLevel = 1

/**
 * Decodes a page in a thread and encodes it as an 8-bit PNG in the file's colour profile.
 * @throws DarkroomError `undecodable` or `too-many-pixels`; the signal's reason when aborted
 */
export async function decodePageToPng(
  format: PagedFormat,
  file: Buffer,
  request: PageRequest,
  signal?: AbortSignal,
): Promise<PagePng> {
  const { content, ...document } = await runCodec('page', { format, file, request }, signal)
  const pixels = 'file' in content ? openEmbedded(content.file, request) : openPicture(content)
  // The facts of an icon, such as whether it has alpha, are read from its first entry only. Every entry is given an
  // alpha channel, so that these facts are true of all entries.
  const uniform = format === 'ico' ? pixels.ensureAlpha() : pixels
  const png = await uniform
    .png({ compressionLevel })
    .toBuffer()
    .catch(error => {
      throw 'file' in content ? embeddedError(error, request) : error
    })
  return { ...document, png: 'file' in content ? png : withProperties(png, content) }
}

function openPicture({ data, width, height, channels }: DecodedPixels): Sharp {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
}

function openEmbedded(file: Uint8Array, { maxPixels }: PageRequest): Sharp {
  return openSource(Buffer.from(file), maxPixels).toColourspace('srgb')
}

/** The error for an image file embedded in a BMP or an icon, when libvips cannot decode that image file. */
function embeddedError(error: unknown, { maxPixels }: PageRequest): DarkroomError {
  if (!messageOf(error).includes('exceeds pixel limit')) return undecodableError(error)
  return new DarkroomError('too-many-pixels', `the image has more than ${maxPixels / 1e6} megapixels`)
}

/** Signature and IHDR of a PNG. Other chunks may be inserted after them. */
const headerBytes = 8 + 25

/**
 * Adds the chunks `iCCP` and `eXIf` (PNG specification, section 11.3) to the encoded PNG. The encoder cannot be given
 * the profile, because it takes one only as a file on disk, not from memory.
 */
function withProperties(png: Buffer, { icc, exif }: DecodedPixels): Buffer {
  const profile = icc
    ? pngChunk('iCCP', Buffer.concat([Buffer.from('icc\0\0', 'latin1'), deflateSync(icc)]))
    : []
  const metadata = exif ? pngChunk('eXIf', exif) : []
  return Buffer.concat([png.subarray(0, headerBytes), ...profile, ...metadata, png.subarray(headerBytes)])
}

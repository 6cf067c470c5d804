import { deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import type { PagedFormat } from '../../plan/facts.ts'
import { pngChunk } from '../metadata/png-chunk.ts'
import { openSource } from '../sources/libvips.ts'
import { runCodec } from './codec-runner.ts'
import type { DecodedPixels, PageRequest } from './decoded-page.ts'

/** A page of a file that libvips does not read here, as a lossless PNG that it does. */
export interface PagePng {
  readonly png: Buffer
  /** How many pages the file has. */
  readonly pages: number
  /** Width and height of each, where they can differ; of a long document, of its first pages. */
  readonly sizes?: readonly (readonly [number, number])[]
}

/** Little compression costs little time: 25 ms a megapixel, where the encoder's default takes 90. */
const compressionLevel = 1

/**
 * Decodes a page in a thread and writes it as a PNG of 8 bits, in the profile of the file.
 * @throws DarkroomError `undecodable` or `too-many-pixels`; the signal's reason when it aborts
 */
export async function decodePageToPng(
  format: PagedFormat,
  file: Buffer,
  request: PageRequest,
  signal?: AbortSignal,
): Promise<PagePng> {
  const { content, ...document } = await runCodec('page', { format, file, request }, signal)
  const pixels = 'file' in content ? openEmbedded(content.file, request) : openPicture(content)
  // all entries of an icon are planned by the facts of its first
  const uniform = format === 'ico' ? pixels.ensureAlpha() : pixels
  const png = await uniform.png({ compressionLevel }).toBuffer()
  return { ...document, png: 'file' in content ? png : withProperties(png, content) }
}

function openPicture({ data, width, height, channels }: DecodedPixels): Sharp {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
}

function openEmbedded(file: Uint8Array, { maxPixels }: PageRequest): Sharp {
  return openSource(Buffer.from(file), maxPixels).toColourspace('srgb')
}

/** Signature and header of a PNG, behind which other chunks may stand. */
const headerBytes = 8 + 25

/** Adds chunks `iCCP` and `eXIf` (PNG specification, section 11.3): libvips takes a profile from a file only. */
function withProperties(png: Buffer, { icc, exif }: DecodedPixels): Buffer {
  const profile = icc
    ? pngChunk('iCCP', Buffer.concat([Buffer.from('icc\0\0', 'latin1'), deflateSync(icc)]))
    : []
  const metadata = exif ? pngChunk('eXIf', exif) : []
  return Buffer.concat([png.subarray(0, headerBytes), ...profile, ...metadata, png.subarray(headerBytes)])
}

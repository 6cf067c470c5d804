import { open, readFile } from 'node:fs/promises'
import type { Metadata } from 'sharp'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import { type SourceFormat, sourceFormats } from '../../plan/source-formats.ts'
import { type InspectionResult, inspectForeignFile, inspectVectorFile } from '../foreign/inspect-foreign.ts'
import { sniffBytes, sniffForeignFormat } from '../foreign/sniff.ts'
import { readGainMap } from '../gain-map/gain-map.ts'
import { readCredits } from '../metadata/credits.ts'
import { classifyProfile } from '../metadata/icc.ts'
import { needsRewriting } from './as-libvips-reads.ts'
import { hasMostPixels } from './damaged-png.ts'
import { undecodableError } from './decoder-errors.ts'
import { type OpenOptions, openSource } from './libvips.ts'
import { checkTiffCoding, findUnsupportedCoding } from './tiff-coding.ts'
import { countPages, isTiff, maxPages, readDirectories } from './tiff-directories.ts'
import { readFloatRange } from './tiff-floats.ts'
import { acceptTruncated } from './truncated-jpeg.ts'

export type { InspectionResult }

/**
 * Reads the facts of a file and verifies that it can be decoded to its end.
 * @throws DarkroomError `not-an-image`, `too-many-pixels` or `undecodable`
 */
export async function inspectFile(
  path: string,
  maxPixels: number,
  signal?: AbortSignal,
): Promise<InspectionResult> {
  const head = await readHead(path)
  const foreign = sniffForeignFormat(head.bytes)
  if (foreign === 'svg') return inspectVectorFile(path, maxPixels, signal)
  if (foreign !== undefined) return inspectForeignFile(path, foreign, maxPixels, signal)
  // a file that libvips would show differently from browsers is rewritten in memory
  const input = needsRewriting(head.bytes) ? await readFile(path) : path
  const tiff = Buffer.isBuffer(input) && isTiff(input) ? input : undefined
  if (tiff) checkTiffCoding(tiff)
  const metadata = await readMetadata(input, head.bytes)
  const format = sourceFormat(metadata)
  if (metadata.width * metadata.height > maxPixels) throw tooManyPixels(maxPixels)
  // a JPEG in memory gets its end marker, which would hide that its end is missing
  const stored = format === 'jpg' ? path : input
  const truncated = await decodeFully(stored, metadata, maxPixels).then(nothingMissing, damage => {
    if (format === 'jpg') return acceptTruncated(path, metadata, maxPixels, damage)
    if (format === 'png') return acceptDamagedPng(path, metadata, maxPixels, damage)
    throw damage
  })
  const facts: ImageFacts = {
    format,
    width: metadata.autoOrient.width,
    height: metadata.autoOrient.height,
    orientation: metadata.orientation ?? 1,
    pages: metadata.pages ?? 1,
    ...(tiff ? readPages(tiff, metadata) : {}),
    alpha: metadata.hasAlpha,
    ...countStoredColors(metadata),
    progressive: metadata.isProgressive,
    profile: classifyProfile(metadata.icc),
    space: metadata.space,
    bytes: head.size,
    ...truncated,
    ...(tiff ? await readFloatRange(tiff, metadata, maxPixels) : {}),
    ...(format === 'jpg' ? await readGainMapSize(path, metadata, maxPixels) : {}),
    ...readCredits(metadata),
  }
  return { facts }
}

/** How many colours the file can store. Black and white comes first, because a PNG may use a palette for it, too. */
function countStoredColors({ format, bitsPerSample, isPalette }: Metadata): Pick<ImageFacts, 'storedColors'> {
  const isBilevel = bitsPerSample === 1 && (format === 'png' || format === 'tiff')
  if (isBilevel) return { storedColors: 2 }
  return isPalette === true && (format === 'png' || format === 'gif') ? { storedColors: 256 } : {}
}

const nothingMissing = () => ({})

const tooManyPixels = (maxPixels: number) =>
  new DarkroomError('too-many-pixels', `the image has more than ${maxPixels / 1e6} megapixels`)

async function readHead(path: string): Promise<{ bytes: Buffer; size: number }> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sniffBytes), 0, sniffBytes, 0)
    return { bytes: buffer.subarray(0, bytesRead), size }
  } finally {
    await file.close()
  }
}

/**
 * First bytes of the supported formats. A file that matches but cannot be opened is `undecodable`; any other is
 * `not-an-image`.
 */
const signatures = [
  /^\xff\xd8/,
  /^\x89PNG/,
  /^RIFF....WEBP/s,
  /^....ftypavi[fs]/s,
  /^GIF8/,
  /^(II[*+]\0|MM\0[*+])/,
]

async function readMetadata(input: string | Buffer, head: Buffer): Promise<Metadata> {
  try {
    return await openSource(input, Number.MAX_SAFE_INTEGER).metadata()
  } catch (error) {
    if (signatures.some(signature => signature.test(head.toString('latin1', 0, 16))))
      throw undecodableError(error)
    const supported = `expected ${sourceFormats.join(', ')}`
    throw new DarkroomError(
      'not-an-image',
      `the content is not an image of a supported format: ${supported}`,
      {
        cause: error,
      },
    )
  }
}

function sourceFormat(metadata: Metadata): SourceFormat {
  if (metadata.format === 'jpeg') return 'jpg'
  if (metadata.format === 'heif' && metadata.compression === 'av1') return 'avif'
  const format = sourceFormats.find(name => name === metadata.format)
  if (format === undefined) {
    throw new DarkroomError(
      'not-an-image',
      `${metadata.format} is not supported: expected ${sourceFormats.join(', ')}`,
    )
  }
  return format
}

/**
 * Decodes all pixels at an eighth of the size. Every pixel contributes to an average, so none is skipped. (sharp's
 * `stats` is not reliable here: of several concurrent calls, some miss a loader's errors.)
 */
async function decodeFully(
  input: string | Buffer,
  metadata: Metadata,
  maxPixels: number,
  options?: OpenOptions,
): Promise<void> {
  // the entropy-coded data of a JPEG is always read to its end, whichever pixels are dropped
  const isJpeg = metadata.format === 'jpeg'
  const { width, height } = metadata.autoOrient
  const eighth = (side: number) => Math.max(1, isJpeg ? Math.floor(side / 8) : Math.ceil(side / 8))
  const size = { width: eighth(width), height: eighth(height) }
  try {
    await openSource(input, maxPixels, options)
      .resize({ ...size, fit: 'fill', kernel: isJpeg ? 'nearest' : 'linear' })
      .raw()
      .toBuffer()
  } catch (error) {
    if (messageOf(error).includes('exceeds pixel limit')) throw tooManyPixels(maxPixels)
    throw undecodableError(error)
  }
}

/** @throws `damage`, the error of the strict decoder, when too much is missing */
async function acceptDamagedPng(
  path: string,
  metadata: Metadata,
  maxPixels: number,
  damage: unknown,
): Promise<Pick<ImageFacts, 'truncated'>> {
  const file = await readFile(path)
  if (!(await hasMostPixels(file))) throw damage
  const facts = { profile: 'other', space: metadata.space, truncated: true } as const
  await decodeFully(file, metadata, maxPixels, { facts })
  return { truncated: true }
}

/**
 * The size of a JPEG's gain map. A map that is damaged or does not match the image is ignored, as the image itself is
 * fine.
 */
async function readGainMapSize(
  path: string,
  { width, height }: Metadata,
  maxPixels: number,
): Promise<Pick<ImageFacts, 'gainMap'>> {
  const map = await readGainMap(path)
  if (map === undefined) return {}
  try {
    const found = await openSource(map.jpeg, maxPixels).metadata()
    const proportion = (found.width * height) / (found.height * width)
    const fits = found.width <= width && found.height <= height && Math.abs(proportion - 1) < 0.05
    if (!fits || found.space === 'cmyk') return {}
    await decodeFully(map.jpeg, found, maxPixels)
    return { gainMap: { width: found.width, height: found.height } }
  } catch {
    return {}
  }
}

/** Verifies that a page of a file can be decoded. @throws DarkroomError `undecodable` or `too-many-pixels` */
export async function verifyDecodable(
  file: Buffer,
  maxPixels: number,
  options: Pick<OpenOptions, 'facts' | 'page'>,
): Promise<void> {
  const metadata = await openSource(file, maxPixels, options)
    .metadata()
    .catch(error => {
      throw undecodableError(error)
    })
  await decodeFully(file, metadata, maxPixels, options)
}

/**
 * The number of a TIFF's pages, and their sizes when they differ. The sizes end before a page that cannot be shown, such
 * as the thumbnail of a camera, so that it cannot be requested. A damaged page is reported when it is requested.
 */
function readPages(
  file: Buffer,
  { pages: shown = 1, autoOrient: { width, height } }: Metadata,
): Pick<ImageFacts, 'pages' | 'pageSizes'> {
  const pages = shown < maxPages ? shown : countPages(file)
  const sizes: [number, number][] = []
  for (const directory of readDirectories(file, Math.min(shown, maxPages))) {
    const [w, h, orientation = 1] = [256, 257, 274].map(tag => directory.get(tag))
    if (!w || !h || findUnsupportedCoding(directory) !== undefined) break
    sizes.push(orientation < 5 ? [w, h] : [h, w])
  }
  const isUniform = sizes.every(([w, h]) => w === width && h === height) && sizes.length === pages
  return isUniform ? { pages } : { pages, pageSizes: sizes }
}

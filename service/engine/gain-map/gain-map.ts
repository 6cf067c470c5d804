import { open } from 'node:fs/promises'
import type { GainMapTransform } from '../../plan/gain-map.ts'
import type { Plan } from '../../plan/plan.ts'
import type { RenderedImage } from '../encode/output.ts'
import { creditsDescription } from '../metadata/credits.ts'
import { jpegContainer, readJpegHeader } from '../quality/containers/jpeg.ts'
import { openSource } from '../sources/libvips.ts'
import {
  type GainMapMetadata,
  gainMapAnnouncement,
  gainMapMetadataSegments,
  isXmpSegment,
  parseGainMapMetadata,
} from './gain-map-metadata.ts'
import {
  isMultiPictureIndex,
  multiPictureIndexBytes,
  readMultiPictureIndex,
  writeMultiPictureIndex,
} from './multi-picture-index.ts'

/**
 * HDR gain maps of JPEGs (ISO 21496-1; Adobe's and Android's XMP). libvips can read and write them through libultrahdr,
 * but that loader stays blocked: it decodes without shrink-on-load, returns grey for damaged data, and is one more
 * parser of untrusted bytes. A gain map is a second JPEG after the image's JPEG: both are rendered separately and
 * joined.
 */

/** The gain map of an original. */
export interface GainMap {
  /** A JPEG of the map's samples, without metadata. */
  readonly jpeg: Buffer
  readonly metadata: GainMapMetadata
  /** The segments of the ICC profile that defines the colour space in which the map is applied. */
  readonly profile: readonly Buffer[]
}

/** Bytes read to find the multi-picture index. It precedes the first image's data, among metadata that may be long. */
const headBytes = 256 * 1024

/** Finds the gain map of a JPEG on disk. The whole file is read only if it holds several images. */
export async function readGainMap(path: string): Promise<GainMap | undefined> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(headBytes), 0, headBytes, 0)
    const hasSeveralImages = (readJpegHeader(buffer.subarray(0, bytesRead)) ?? []).some(({ bytes }) =>
      isMultiPictureIndex(bytes),
    )
    return hasSeveralImages ? findGainMap(await file.readFile()) : undefined
  } finally {
    await file.close()
  }
}

/** Finds the gain map of a JPEG; undefined when it has no usable one. */
export function findGainMap(file: Buffer): GainMap | undefined {
  const index = (readJpegHeader(file) ?? []).find(({ bytes }) => isMultiPictureIndex(bytes))?.bytes
  if (index === undefined) return undefined
  for (const jpeg of readMultiPictureIndex(file, index.byteOffset - file.byteOffset)) {
    const metadata = parseGainMapMetadata((readJpegHeader(jpeg) ?? []).map(({ bytes }) => bytes))
    // no further image is tried, even if this map is unusable: an index may list the same bytes many times
    if (metadata) return jpeg.length <= maxMapBytes ? readMap(jpeg, metadata) : undefined
  }
  return undefined
}

/**
 * Maximum bytes of a map. It is limited because maps are read on the main thread. A phone's map has about 100 kB, a map
 * as large as its image a few MB.
 */
const maxMapBytes = 8 * 1024 * 1024

function readMap(file: Buffer, metadata: GainMapMetadata): GainMap | undefined {
  const parts = jpegContainer.split(file)
  if (parts === undefined) return undefined
  return {
    jpeg: jpegContainer.join(pixelsOnly(parts.pixels)),
    metadata,
    profile: parts.metadata.filter(isProfile),
  }
}

/** Nothing else than the pixels. */
const pixelsOnly = (pixels: readonly Buffer[]) => ({ pixels, metadata: [] })

const isProfile = (segment: Buffer) => segment[1] === 0xe2

/** Applies the plan's transform to the original's gain map and appends it to the rendered image. */
export async function attachGainMap(
  rendered: RenderedImage,
  original: Buffer,
  plan: Plan,
  seconds: number,
): Promise<RenderedImage> {
  const { gainMap: transform, facts, settings } = plan
  const map = transform && findGainMap(original)
  if (transform === undefined || map === undefined) return rendered
  const jpeg = await renderMap(map.jpeg, facts.gainMap, transform, seconds)
  const credits = (facts.copyright ?? facts.artist) === undefined ? [] : [creditsDescription(facts)]
  const descriptions = settings.metadata === 'copyright' || settings.metadata === 'keep' ? credits : []
  return { ...rendered, data: join(rendered.data, { ...map, jpeg }, descriptions) }
}

async function renderMap(
  jpeg: Buffer,
  { width, height } = { width: 0, height: 0 },
  { region, size, flop, flip, turned, sigma }: GainMapTransform,
  seconds: number,
): Promise<Buffer> {
  const isBlurred = sigma >= minSigma
  const isUnchanged = size.width === width && size.height === height
  if (isUnchanged && !flop && !flip && !turned && !isBlurred) return jpeg
  const map = openSource(jpeg, width * height, { seconds })
  const { space } = await map.metadata()
  const transformed = map
    .extract(region)
    .resize({ ...size, fit: 'fill', kernel: 'linear' })
    .flop(flop)
    .flip(flip)
    .rotate(turned ? 90 : 0)
  return (isBlurred ? transformed.blur(sigma) : transformed)
    .toColourspace(space === 'b-w' ? 'b-w' : 'srgb')
    .jpeg({ quality: mapQuality, chromaSubsampling: '4:4:4' })
    .toBuffer()
}

/** sharp's smallest blur. Less is invisible. */
const minSigma = 0.3

/** JPEG quality of the map. An error in one of its samples changes the brightness of several pixels of the image. */
const mapQuality = 90

function join(base: Buffer, { jpeg, metadata, profile }: GainMap, descriptions: readonly string[]): Buffer {
  const [first, second] = [jpegContainer.split(base), jpegContainer.split(jpeg)]
  if (first === undefined || second === undefined)
    throw new Error('the JPEG that was just encoded is damaged')
  const map = jpegContainer.join({ ...second, metadata: [...gainMapMetadataSegments(metadata), ...profile] })
  // an XMP packet of the original would describe the original's gain map
  const otherMetadata = first.metadata.filter(segment => !isXmpSegment(segment))
  const segments = [...otherMetadata, ...gainMapAnnouncement(metadata, map.length, descriptions)]
  const combined = jpegContainer.join({ ...first, metadata: segments })
  // the index follows the other metadata; 2 bytes for the start-of-image marker before it
  const at = segments.reduce((sum, { length }) => sum + length, 2)
  const index = writeMultiPictureIndex(combined.length + multiPictureIndexBytes, map.length, at)
  return Buffer.concat([combined.subarray(0, at), index, combined.subarray(at), map])
}

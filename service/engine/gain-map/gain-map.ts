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
 * which stays closed here: it loads such a file without shrinking it, takes damage for grey, and is more that parses an
 * uploader's bytes. A gain map is a JPEG behind a JPEG: the two are developed each by itself, and joined.
 */

/** A gain map as it comes with an original. */
export interface GainMap {
  /** A JPEG of its samples and nothing else. */
  readonly jpeg: Buffer
  readonly metadata: GainMapMetadata
  /** The colour profile by which it is applied. */
  readonly profile: readonly Buffer[]
}

/** The index of the pictures in a file stands before the first of them, among metadata that may be long. */
const headBytes = 256 * 1024

/** Finds the gain map of a JPEG on disk, of which all is read only when it holds more than one picture. */
export async function readGainMap(path: string): Promise<GainMap | undefined> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(headBytes), 0, headBytes, 0)
    const several = (readJpegHeader(buffer.subarray(0, bytesRead)) ?? []).some(({ bytes }) =>
      isMultiPictureIndex(bytes),
    )
    return several ? findGainMap(await file.readFile()) : undefined
  } finally {
    await file.close()
  }
}

/** Finds the gain map of a JPEG; undefined when there is none that can be used. */
export function findGainMap(file: Buffer): GainMap | undefined {
  const index = (readJpegHeader(file) ?? []).find(({ bytes }) => isMultiPictureIndex(bytes))?.bytes
  if (index === undefined) return undefined
  for (const jpeg of readMultiPictureIndex(file, index.byteOffset - file.byteOffset)) {
    const metadata = parseGainMapMetadata((readJpegHeader(jpeg) ?? []).map(({ bytes }) => bytes))
    // the first that says it is one: an index may name the same bytes many times
    if (metadata) return jpeg.length <= maxMapBytes ? readMap(jpeg, metadata) : undefined
  }
  return undefined
}

/** All of a map is read on the main thread. One of a phone has some 100 kB, one of full size a few MB. */
const maxMapBytes = 8 * 1024 * 1024

function readMap(file: Buffer, metadata: GainMapMetadata): GainMap | undefined {
  const parts = jpegContainer.split(file)
  if (parts === undefined) return undefined
  return {
    jpeg: jpegContainer.join(only(parts.pixels)),
    metadata,
    profile: parts.metadata.filter(isProfile),
  }
}

/** Nothing else than the pixels. */
const only = (pixels: readonly Buffer[]) => ({ pixels, metadata: [] })

const isProfile = (segment: Buffer) => segment[1] === 0xe2

/** Has the original's gain map follow the picture that was developed, and puts it behind. */
export async function attachGainMap(
  rendered: RenderedImage,
  original: Buffer,
  plan: Plan,
  seconds: number,
): Promise<RenderedImage> {
  const { gainMap: course, facts, settings } = plan
  const map = course && findGainMap(original)
  if (course === undefined || map === undefined) return rendered
  const jpeg = await renderMap(map.jpeg, facts.gainMap, course, seconds)
  const credits = (facts.copyright ?? facts.artist) === undefined ? [] : [creditsDescription(facts)]
  const described = settings.metadata === 'copyright' || settings.metadata === 'keep' ? credits : []
  return { ...rendered, data: join(rendered.data, { ...map, jpeg }, described) }
}

async function renderMap(
  jpeg: Buffer,
  { width, height } = { width: 0, height: 0 },
  { region, size, flop, flip, turned, sigma }: GainMapTransform,
  seconds: number,
): Promise<Buffer> {
  const blurs = sigma >= leastSigma
  const whole = size.width === width && size.height === height
  if (whole && !flop && !flip && !turned && !blurs) return jpeg
  const map = openSource(jpeg, width * height, { seconds })
  const { space } = await map.metadata()
  const moved = map
    .extract(region)
    .resize({ ...size, fit: 'fill', kernel: 'linear' })
    .flop(flop)
    .flip(flip)
    .rotate(turned ? 90 : 0)
  return (blurs ? moved.blur(sigma) : moved)
    .toColourspace(space === 'b-w' ? 'b-w' : 'srgb')
    .jpeg({ quality: mapQuality, chromaSubsampling: '4:4:4' })
    .toBuffer()
}

/** What sharp takes; less cannot be seen. */
const leastSigma = 0.3

/** An error in the map is one of brightness, over several pixels of the picture. */
const mapQuality = 90

function join(base: Buffer, { jpeg, metadata, profile }: GainMap, descriptions: readonly string[]): Buffer {
  const [first, second] = [jpegContainer.split(base), jpegContainer.split(jpeg)]
  if (first === undefined || second === undefined) throw new Error('a JPEG that was just written is damaged')
  const map = jpegContainer.join({ ...second, metadata: [...gainMapMetadataSegments(metadata), ...profile] })
  // an XMP document of the original would speak of the original's map
  const kept = first.metadata.filter(segment => !isXmpSegment(segment))
  const segments = [...kept, ...gainMapAnnouncement(metadata, map.length, descriptions)]
  const whole = jpegContainer.join({ ...first, metadata: segments })
  // after the start of the image
  const at = segments.reduce((sum, { length }) => sum + length, 2)
  const index = writeMultiPictureIndex(whole.length + multiPictureIndexBytes, map.length, at)
  return Buffer.concat([whole.subarray(0, at), index, whole.subarray(at), map])
}

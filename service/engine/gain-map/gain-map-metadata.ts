import { xmpPacket } from '../metadata/credits.ts'

/** Metadata of a gain map: how its samples are to be applied. Kept in the form of the source file. */
export interface GainMapMetadata {
  /** Adobe's and Android's XMP schema, by name. A value is one number, or one per channel. */
  readonly xmp?: ReadonlyMap<string, readonly string[]>
  /** The APP2 segment of ISO 21496-1, unchanged. */
  readonly iso?: Buffer
}

const namespace = 'http://ns.adobe.com/hdr-gain-map/1.0/'
/** Start of the segment. */
const xmpHeader = 'http://ns.adobe.com/xap/1.0/\0'
const isoHeader = 'urn:iso:std:iso:ts:21496:-1\0'

/** Largest useful ISO segment: three channels, preceded by flags and two headrooms. */
const isoBytes = 256

/** Numeric XMP attributes of a gain map (Android's Ultra HDR image format 1.1). */
const xmpNames = [
  'GainMapMin',
  'GainMapMax',
  'Gamma',
  'OffsetSDR',
  'OffsetHDR',
  'HDRCapacityMin',
  'HDRCapacityMax',
]
/** Attributes without a default. */
const requiredNames = ['GainMapMax', 'HDRCapacityMax']

const numberPattern = '[-+]?\\d{1,9}(?:\\.\\d{1,20})?(?:[eE][-+]?\\d{1,2})?'

/** Whether a JPEG segment is an XMP packet. */
export const isXmpSegment = (segment: Buffer) => startsWith(segment, 0xe1, 'http://ns.adobe.com/x')

const startsWith = (segment: Buffer, code: number, name: string) =>
  segment[1] === code && segment.toString('latin1', 4, 4 + name.length) === name

/**
 * Parses the gain map metadata from the segments of its JPEG. Only numbers are taken from XMP, so that no other content
 * of an upload passes through.
 * @returns undefined when the JPEG is not a gain map, or when the base rendition of its image is HDR
 */
export function parseGainMapMetadata(segments: readonly Buffer[]): GainMapMetadata | undefined {
  const packet = segments.find(segment => startsWith(segment, 0xe1, xmpHeader) && segment.includes(namespace))
  const xmp = packet && readXmp(packet.toString('utf8', 4 + xmpHeader.length))
  const iso = segments.find(segment => startsWith(segment, 0xe2, isoHeader) && segment.length <= isoBytes)
  return xmp || iso ? { ...(xmp && { xmp }), ...(iso && { iso }) } : undefined
}

function readXmp(text: string): GainMapMetadata['xmp'] {
  if (/hdrgm:BaseRenditionIsHDR\s?=\s?["']True/i.test(text)) return undefined
  const values = new Map<string, readonly string[]>()
  for (const name of xmpNames) {
    const attribute = new RegExp(`hdrgm:${name}\\s?=\\s?["'](${numberPattern})["']`).exec(text)
    const element = new RegExp(`<hdrgm:${name}>([^]{1,300}?)</hdrgm:${name}>`)
    const found = attribute?.[1] ?? element.exec(text)?.[1] ?? ''
    const numbers =
      found.replace(/<[^>]*>/g, ' ').match(new RegExp(`(?<!\\S)${numberPattern}(?!\\S)`, 'g')) ?? []
    if (numbers.length === 1 || numbers.length === 3) values.set(name, numbers)
  }
  return requiredNames.every(name => values.has(name)) ? values : undefined
}

/** The JPEG segments that hold a gain map's metadata. */
export function gainMapMetadataSegments({ xmp, iso }: GainMapMetadata): readonly Buffer[] {
  return [...(xmp ? [xmpSegment(xmpPacket(metadataDescription(xmp)))] : []), ...(iso ? [iso] : [])]
}

function metadataDescription(values: NonNullable<GainMapMetadata['xmp']>): string {
  const single = [...values].filter(([, numbers]) => numbers.length === 1)
  const several = [...values].filter(([, numbers]) => numbers.length > 1)
  const attributes = single.map(([name, [value]]) => ` hdrgm:${name}="${value}"`)
  const elements = several.map(([name, numbers]) => {
    const items = numbers.map(value => `<rdf:li>${value}</rdf:li>`)
    return `<hdrgm:${name}><rdf:Seq>${items.join('')}</rdf:Seq></hdrgm:${name}>`
  })
  const opening = `rdf:Description rdf:about="" xmlns:hdrgm="${namespace}" hdrgm:Version="1.0"`
  return `<${opening}${attributes.join('')}>${elements.join('')}</rdf:Description>`
}

/** XMP as a JPEG segment (XMP specification, part 3, section 1.1.3). */
export const xmpSegment = (packet: string): Buffer => jpegSegment(0xe1, Buffer.from(xmpHeader + packet))

/** A JPEG segment: marker, length and body. */
export function jpegSegment(code: number, body: Buffer): Buffer {
  const head = Buffer.from([0xff, code, 0, 0])
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, body])
}

/**
 * The segments by which the primary image announces its gain map, in the schemas that the map itself uses.
 * @param length of the gain map's file in bytes
 * @param descriptions of the primary image, which share its one XMP packet
 */
export function gainMapAnnouncement(
  { xmp, iso }: GainMapMetadata,
  length: number,
  descriptions: readonly string[],
): readonly Buffer[] {
  // minimum version 0, writer version 0
  const version = iso ? [jpegSegment(0xe2, Buffer.from(`${isoHeader}\0\0\0\0`))] : []
  const described = [...(xmp ? [containerDirectory(length)] : []), ...descriptions]
  return [...(described.length > 0 ? [xmpSegment(xmpPacket(...described))] : []), ...version]
}

/** The container directory (Android's Ultra HDR image format 1.1). */
function containerDirectory(length: number): string {
  const google = 'http://ns.google.com/photos/1.0/container'
  const item = (attributes: string) =>
    `<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" ${attributes}/></rdf:li>`
  const items = `${item('Item:Semantic="Primary"')}${item(`Item:Semantic="GainMap" Item:Length="${length}"`)}`
  const spaces = `xmlns:Container="${google}/" xmlns:Item="${google}/item/" xmlns:hdrgm="${namespace}"`
  return `<rdf:Description rdf:about="" ${spaces} hdrgm:Version="1.0"><Container:Directory><rdf:Seq>${items}</rdf:Seq></Container:Directory></rdf:Description>`
}

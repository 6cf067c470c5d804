import { xmpPacket } from '../metadata/credits.ts'

/** What a gain map's samples mean: how its file says it, ready to be written again. */
export interface GainMapMetadata {
  /** By Adobe's and Android's schema, value for value; a value is one number, or one a channel. */
  readonly xmp?: ReadonlyMap<string, readonly string[]>
  /** By ISO 21496-1: its APP2 segment, as it is. */
  readonly iso?: Buffer
}

const namespace = 'http://ns.adobe.com/hdr-gain-map/1.0/'
/** The segment's beginning. */
const xmpHeader = 'http://ns.adobe.com/xap/1.0/\0'
const isoHeader = 'urn:iso:std:iso:ts:21496:-1\0'

/** The longest ISO segment that has use: of three channels, with the flags and two headrooms before them. */
const isoBytes = 256

/** Android's Ultra HDR image format 1.1, XMP attributes of a gain map: all that are numbers. */
const names = [
  'GainMapMin',
  'GainMapMax',
  'Gamma',
  'OffsetSDR',
  'OffsetHDR',
  'HDRCapacityMin',
  'HDRCapacityMax',
]
/** Those without a default. */
const needed = ['GainMapMax', 'HDRCapacityMax']

const number = '[-+]?\\d{1,9}(?:\\.\\d{1,20})?(?:[eE][-+]?\\d{1,2})?'

/** Whether a segment is an XMP packet. */
export const isXmpSegment = (jpegSegment: Buffer) => begins(jpegSegment, 0xe1, 'http://ns.adobe.com/x')

const begins = (segment: Buffer, code: number, name: string) =>
  segment[1] === code && segment.toString('latin1', 4, 4 + name.length) === name

/**
 * Reads what the segments of a gain map's file say of it. Numbers alone are taken from XMP, so that nothing else that
 * an uploader put there comes through.
 * @returns undefined when it is no gain map, or one for a picture that is HDR by itself
 */
export function parseGainMapMetadata(segments: readonly Buffer[]): GainMapMetadata | undefined {
  const packet = segments.find(segment => begins(segment, 0xe1, xmpHeader) && segment.includes(namespace))
  const xmp = packet && readXmp(packet.toString('utf8', 4 + xmpHeader.length))
  const iso = segments.find(segment => begins(segment, 0xe2, isoHeader) && segment.length <= isoBytes)
  return xmp || iso ? { ...(xmp && { xmp }), ...(iso && { iso }) } : undefined
}

function readXmp(text: string): GainMapMetadata['xmp'] {
  if (/hdrgm:BaseRenditionIsHDR\s?=\s?["']True/i.test(text)) return undefined
  const values = new Map<string, readonly string[]>()
  for (const name of names) {
    const attribute = new RegExp(`hdrgm:${name}\\s?=\\s?["'](${number})["']`).exec(text)
    const element = new RegExp(`<hdrgm:${name}>([^]{1,300}?)</hdrgm:${name}>`)
    const found = attribute?.[1] ?? element.exec(text)?.[1] ?? ''
    const numbers = found.replace(/<[^>]*>/g, ' ').match(new RegExp(`(?<!\\S)${number}(?!\\S)`, 'g')) ?? []
    if (numbers.length === 1 || numbers.length === 3) values.set(name, numbers)
  }
  return needed.every(name => values.has(name)) ? values : undefined
}

/** The segments that say it of a gain map. */
export function gainMapMetadataSegments({ xmp, iso }: GainMapMetadata): readonly Buffer[] {
  return [...(xmp ? [xmpSegment(xmpPacket(describe(xmp)))] : []), ...(iso ? [iso] : [])]
}

function describe(values: NonNullable<GainMapMetadata['xmp']>): string {
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

/** XMP as a JPEG's segment (XMP specification, part 3, section 1.1.3). */
export const xmpSegment = (packet: string): Buffer => segment(0xe1, Buffer.from(xmpHeader + packet))

/** A marker with its length and what belongs to it. */
export function segment(code: number, body: Buffer): Buffer {
  const head = Buffer.from([0xff, code, 0, 0])
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, body])
}

/**
 * The segments by which a picture says that a gain map follows it, in each of the ways that the map itself speaks.
 * @param length of the map's file in bytes
 * @param descriptions of the picture, which share its one XMP document
 */
export function gainMapAnnouncement(
  { xmp, iso }: GainMapMetadata,
  length: number,
  descriptions: readonly string[],
): readonly Buffer[] {
  // version 0 may read it and version 0 wrote it
  const version = iso ? [segment(0xe2, Buffer.from(`${isoHeader}\0\0\0\0`))] : []
  const described = [...(xmp ? [directory(length)] : []), ...descriptions]
  return [...(described.length > 0 ? [xmpSegment(xmpPacket(...described))] : []), ...version]
}

/** The container's directory (Android's Ultra HDR image format 1.1). */
function directory(length: number): string {
  const google = 'http://ns.google.com/photos/1.0/container'
  const item = (attributes: string) =>
    `<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" ${attributes}/></rdf:li>`
  const items = `${item('Item:Semantic="Primary"')}${item(`Item:Semantic="GainMap" Item:Length="${length}"`)}`
  const spaces = `xmlns:Container="${google}/" xmlns:Item="${google}/item/" xmlns:hdrgm="${namespace}"`
  return `<rdf:Description rdf:about="" ${spaces} hdrgm:Version="1.0"><Container:Directory><rdf:Seq>${items}</rdf:Seq></Container:Directory></rdf:Description>`
}

import type { Metadata } from 'sharp'
import { exifTags, readExif } from './exif.ts'
import { decodeText } from './text-encoding.ts'

/** Copyright notice and creator of an image. */
export interface Credits {
  readonly copyright?: string
  readonly artist?: string
}

/** The longest credit that is kept, in characters. */
const maxLength = 500
/** Bytes of XMP that are read. Credits come first; a long editing history may follow. */
const xmpBytes = 256 * 1024

/**
 * Reads the credits that `meta-copyright` keeps: from EXIF, else XMP, else IPTC. They are untrusted text: damaged ones
 * count as missing, long ones are cut, and control characters (which Postgres rejects) are replaced by spaces.
 */
export function readCredits({ exif, xmp, iptc }: Pick<Metadata, 'exif' | 'xmp' | 'iptc'>): Credits {
  const found = [creditsOfExif(exif), creditsOfXmp(xmp), creditsOfIptc(iptc)]
  const copyright = found.map(one => clean(one.copyright)).find(text => text !== '')
  const artist = found.map(one => clean(one.artist)).find(text => text !== '')
  return { ...(copyright && { copyright }), ...(artist && { artist }) }
}

/** If the cut splits a surrogate pair, the leftover half is removed. */
const clean = (text: unknown) =>
  typeof text === 'string'
    ? text
        .replace(/\p{Cc}+/gu, ' ')
        .trim()
        .slice(0, maxLength)
        .replace(/[\ud800-\udbff]$/, '')
    : ''

interface Texts {
  readonly copyright?: unknown
  readonly artist?: unknown
}

function creditsOfExif(exif: Buffer | undefined): Texts {
  const { image } = readExif(exif)
  return { copyright: image.get(exifTags.copyright), artist: image.get(exifTags.artist) }
}

/** Dublin Core's rights and creator (XMP specification, part 1, section 8.4): the first item of each list. */
function creditsOfXmp(xmp: Buffer | undefined): Texts {
  const text = xmp?.toString('utf8', 0, xmpBytes) ?? ''
  const first = (name: string) => {
    const list = new RegExp(`<dc:${name}>\\s*<rdf:(?:Alt|Seq|Bag)>\\s*<rdf:li[^>]*>([^<]*)<`).exec(text)
    return list?.[1]?.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => entities[entity] ?? '')
  }
  return { copyright: first('rights'), artist: first('creator') }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Copyright notice and by-line of the application record (IPTC-IIM 4.2, datasets 2:116 and 2:80). */
function creditsOfIptc(iptc: Buffer | undefined): Texts {
  const texts = new Map<number, string>()
  let at = iptc?.indexOf(Buffer.from([0x1c, 2])) ?? -1
  while (iptc !== undefined && at >= 0 && at + 5 <= iptc.length && iptc[at] === 0x1c) {
    const end = at + 5 + iptc.readUInt16BE(at + 3)
    if (end > iptc.length) break
    if (iptc[at + 1] === 2) texts.set(iptc[at + 2] ?? 0, decodeText(iptc.subarray(at + 5, end)))
    at = end
  }
  return { copyright: texts.get(116), artist: texts.get(80) }
}

/** Credits as XMP, which supports any script. libvips writes EXIF as ASCII. */
export const creditsXmp = (credits: Credits): string => xmpPacket(creditsDescription(credits))

/** Joins RDF description elements into one XMP packet, as a file may contain only one. */
export const xmpPacket = (...descriptions: readonly string[]): string =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">${descriptions.join('')}</rdf:RDF></x:xmpmeta>`

/** Credits as an RDF description element. */
export function creditsDescription({ copyright = '', artist = '' }: Credits): string {
  const item = (name: string, list: string, text: string) =>
    text &&
    `<dc:${name}><rdf:${list}><rdf:li${list === 'Alt' ? ' xml:lang="x-default"' : ''}>${escapeMarkup(text)}</rdf:li></rdf:${list}></dc:${name}>`
  return `<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">${item('rights', 'Alt', copyright)}${item('creator', 'Seq', artist)}</rdf:Description>`
}

/** Credits are escaped, as their text is untrusted. */
const escapeMarkup = (text: string) => text.replace(/[&<>"']/g, mark => escapes[mark] ?? '')

const escapes: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(entities).map(([name, mark]) => [mark, `&${name};`]),
)

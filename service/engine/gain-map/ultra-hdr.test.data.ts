import sharp, { type Sharp } from 'sharp'
import { withBlockedLoader } from '../../test/support/blocked-loader.ts'
import { xmpPacket } from '../metadata/credits.ts'
import { multiPictureIndexBytes, writeMultiPictureIndex } from './multi-picture-index.ts'

/** Options for an Ultra HDR JPEG. */
export interface UltraHdrSpec {
  /** The primary image. Its gain map shows the same content, so the two can be compared. */
  readonly image: Sharp
  /** How many times smaller the gain map is. */
  readonly factor?: number
  /** XMP packet of the gain map. */
  readonly gainMapXmp?: string
  readonly orientation?: number
  /** Additional XMP of the primary image. */
  readonly secret?: string
  readonly grey?: boolean
}

export const xmpOfGainMap = (
  attributes = 'hdrgm:GainMapMin="0" hdrgm:GainMapMax="2.5" hdrgm:HDRCapacityMax="2.5"',
  more = '',
) =>
  xmpPacket(
    `<rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" ${attributes}>${more}</rdf:Description>`,
  )

const containerXmp = (length: number, secret: string) =>
  xmpPacket(
    `<rdf:Description rdf:about="${secret}" xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"><Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="${length}"/></rdf:li></rdf:Seq></Container:Directory></rdf:Description>`,
  )

/** A JPEG with a gain map in Android's Ultra HDR format: XMP and a multi-picture index. */
export async function drawUltraHdr(spec: UltraHdrSpec): Promise<Buffer> {
  const { image, factor = 4, orientation = 1, secret = '', grey = false } = spec
  const pixels = await image.png().toBuffer()
  const { width, height } = await sharp(pixels).metadata()
  const small = sharp(pixels).resize(Math.round(width / factor), Math.round(height / factor), { fit: 'fill' })
  const map = await small
    .toColourspace(grey ? 'b-w' : 'srgb')
    .withXmp(spec.gainMapXmp ?? xmpOfGainMap())
    .jpeg({ quality: 95 })
    .toBuffer()
  const first = await sharp(pixels)
    .withMetadata({ orientation })
    .withXmp(containerXmp(map.length, secret))
    .jpeg({ quality: 95 })
    .toBuffer()
  // before the quantisation tables
  const at = first.indexOf(Buffer.from([0xff, 0xdb]))
  const index = writeMultiPictureIndex(first.length + multiPictureIndexBytes, map.length, at)
  return Buffer.concat([first.subarray(0, at), index, first.subarray(at), map])
}

/** sharp's types do not include this method yet. */
const inHdr = (file: Buffer) => (sharp(file) as Sharp & { withGainMap(): Sharp }).withGainMap()

/** The gain map file that libultrahdr finds. */
export const extractGainMap = (file: Buffer): Promise<Buffer | undefined> =>
  withBlockedLoader('Uhdr', async () => (await sharp(file).metadata()).gainMap?.image)

/** The image with the gain map that libultrahdr computes from its HDR colours, in the format of ISO 21496-1. */
export const rewriteWithLibultrahdr = (file: Buffer): Promise<Buffer> =>
  withBlockedLoader('Uhdr', () => inHdr(file).jpeg({ quality: 95 }).toBuffer())

/** The HDR colour of a pixel as libultrahdr renders it: linear light, 1 is white. */
export async function hdrColorAt(file: Buffer, x: number, y: number): Promise<readonly number[]> {
  const pipeline = () => inHdr(file).raw({ depth: 'float' }).toBuffer({ resolveWithObject: true })
  const { data, info } = await withBlockedLoader('Uhdr', pipeline)
  const at = (y * info.width + x) * info.channels * 4
  return [0, 4, 8].map(channel => data.readFloatLE(at + channel))
}

import sharp, { type Sharp } from 'sharp'
import { xmpPacket } from '../metadata/credits.ts'
import { multiPictureIndexBytes, writeMultiPictureIndex } from './multi-picture-index.ts'

/** How an Ultra HDR JPEG is made. */
export interface UltraHdrSpec {
  /** Of a picture that can be seen; its map shows the same, and so can be compared with it. */
  readonly picture: Sharp
  /** How many times smaller the map is. */
  readonly factor?: number
  /** What the map's own XMP says; a whole document. */
  readonly gainMapXmp?: string
  readonly orientation?: number
  /** More XMP of the picture. */
  readonly secret?: string
  readonly grey?: boolean
}

export const metadata = (
  attributes = 'hdrgm:GainMapMin="0" hdrgm:GainMapMax="2.5" hdrgm:HDRCapacityMax="2.5"',
  more = '',
) =>
  xmpPacket(
    `<rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" ${attributes}>${more}</rdf:Description>`,
  )

const container = (length: number, secret: string) =>
  xmpPacket(
    `<rdf:Description rdf:about="${secret}" xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"><Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="${length}"/></rdf:li></rdf:Seq></Container:Directory></rdf:Description>`,
  )

/** A JPEG with a gain map by Android's Ultra HDR image format: XMP, and an index of two pictures. */
export async function drawUltraHdr(drawing: UltraHdrSpec): Promise<Buffer> {
  const { picture, factor = 4, orientation = 1, secret = '', grey = false } = drawing
  const pixels = await picture.png().toBuffer()
  const { width, height } = await sharp(pixels).metadata()
  const small = sharp(pixels).resize(Math.round(width / factor), Math.round(height / factor), { fit: 'fill' })
  const map = await small
    .toColourspace(grey ? 'b-w' : 'srgb')
    .withXmp(drawing.gainMapXmp ?? metadata())
    .jpeg({ quality: 95 })
    .toBuffer()
  const first = await sharp(pixels)
    .withMetadata({ orientation })
    .withXmp(container(map.length, secret))
    .jpeg({ quality: 95 })
    .toBuffer()
  // before the tables
  const at = first.indexOf(Buffer.from([0xff, 0xdb]))
  const index = writeMultiPictureIndex(first.length + multiPictureIndexBytes, map.length, at)
  return Buffer.concat([first.subarray(0, at), index, first.subarray(at), map])
}

/** Does a thing with libultrahdr, another reader and writer than ours, whose loader is closed to the process else. */
async function opened<T>(work: () => Promise<T>): Promise<T> {
  const operation = ['VipsForeignLoadUhdr']
  sharp.unblock({ operation })
  try {
    return await work()
  } finally {
    sharp.block({ operation })
  }
}

/** sharp's types do not know yet what it can do. */
const inHdr = (file: Buffer) => (sharp(file) as Sharp & { withGainMap(): Sharp }).withGainMap()

/** The gain map's file that libultrahdr finds. */
export const extractGainMap = (file: Buffer): Promise<Buffer | undefined> =>
  opened(async () => (await sharp(file).metadata()).gainMap?.image)

/** A picture with a gain map as libultrahdr makes it of another's HDR colours: by ISO 21496-1. */
export const rewriteWithLibultrahdr = (file: Buffer): Promise<Buffer> =>
  opened(() => inHdr(file).jpeg({ quality: 95 }).toBuffer())

/** The HDR colour of a place as libultrahdr renders it: linear light, 1 is white. */
export async function hdrColorAt(file: Buffer, x: number, y: number): Promise<readonly number[]> {
  const pipeline = () => inHdr(file).raw({ depth: 'float' }).toBuffer({ resolveWithObject: true })
  const { data, info } = await opened(pipeline)
  const at = (y * info.width + x) * info.channels * 4
  return [0, 4, 8].map(channel => data.readFloatLE(at + channel))
}

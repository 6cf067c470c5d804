import type { Sharp } from 'sharp'
import { boxesOf, contentsOf } from '../foreign/heif-boxes.ts'

/** A coded picture: the bytes of its item, and its properties. */
export interface AvifItem {
  readonly width: number
  readonly height: number
  readonly data: Buffer
  /** The property `av1C`. */
  readonly configuration: Buffer
}

const u16 = (...values: number[]) => Buffer.from(values.flatMap(value => [value >> 8, value & 255]))
const u32 = (...values: number[]) =>
  Buffer.from(values.flatMap(value => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]))
const box = (type: string, ...contents: Uint8Array[]) => {
  const content = Buffer.concat(contents)
  return Buffer.concat([u32(content.length + 8), Buffer.from(type, 'latin1'), content])
}

/** Encodes a picture with sharp and takes it out of its container. */
export async function avifItem(width: number, height: number, image: Sharp): Promise<AvifItem> {
  const file = await image.heif({ compression: 'av1', quality: 95, chromaSubsampling: '4:4:4' }).toBuffer()
  const inside = (data: Buffer, type: string) => contentsOf(boxesOf(data), type) ?? Buffer.alloc(0)
  const properties = inside(inside(inside(file, 'meta').subarray(4), 'iprp'), 'ipco')
  return {
    width,
    height,
    data: inside(file, 'mdat'),
    configuration: box('av1C', inside(properties, 'av1C')),
  }
}

/** An item that is derived from all coded ones (ISO/IEC 23008-12, section 6.6.2). */
export interface DerivedItem {
  readonly kind: 'grid' | 'iovl' | 'iden'
  readonly width: number
  readonly height: number
  /** Empty for an item without data. */
  readonly data: Buffer
}

/** One row of tiles. */
export const gridOf = (columns: number, width: number, height: number): DerivedItem => ({
  ...{ kind: 'grid', width, height },
  data: Buffer.from([0, 0, 0, columns - 1, ...u16(width, height)]),
})

/** Pictures at these places of an opaque canvas, whose colour is given in 16 bits. */
export const overlayOf = (
  width: number,
  height: number,
  canvas: readonly [number, number, number],
  places: readonly (readonly [x: number, y: number])[],
): DerivedItem => ({
  ...{ kind: 'iovl', width, height },
  data: Buffer.concat([u16(0, ...canvas, 0xffff, width, height), ...places.map(place => u16(...place))]),
})

/** An identity item: it shows the coded picture unchanged. */
export const identityOf = (width: number, height: number): DerivedItem => ({
  ...{ kind: 'iden', width, height },
  data: Buffer.alloc(0),
})

export interface AvifOptions {
  /** The id of the primary item; ids count from 1. The derived item has the last one. */
  readonly primary?: number
  readonly brands?: readonly string[]
  /** The content of a box `moov`. */
  readonly tracks?: Buffer
  /** Properties `colr` of every item, without header. */
  readonly colors?: readonly Buffer[]
  readonly derived?: DerivedItem
}

/** Puts items together to an AVIF. */
export function avifContainer(items: readonly AvifItem[], options: AvifOptions = {}): Buffer {
  const { primary = 1, brands = ['avif', 'mif1', 'miaf'], tracks, colors = [], derived } = options
  const [major = '', ...compatible] = brands
  const head = box('ftyp', Buffer.from(`${major}\0\0\0\0${compatible.join('')}`, 'latin1'))
  const all = [...items, ...(derived ? [derived] : [])]
  const data = all.map(item => item.data)
  const metaAt = (offset: number) => metaBox({ items, all, primary, colors, offset })
  const between = tracks ? box('moov', tracks) : Buffer.alloc(0)
  const offset = head.length + metaAt(0).length + between.length + 8
  return Buffer.concat([head, metaAt(offset), between, box('mdat', ...data)])
}

interface MetaParts {
  readonly items: readonly AvifItem[]
  readonly all: readonly (AvifItem | DerivedItem)[]
  readonly primary: number
  readonly colors: readonly Buffer[]
  readonly offset: number
}

function metaBox({ items, all, primary, colors, offset }: MetaParts): Buffer {
  let at = offset
  const locations = all.flatMap(({ data }, index) => {
    const location = Buffer.concat([u16(index + 1, 0, 1), u32(at, data.length)])
    at += data.length
    return data.length > 0 ? [location] : []
  })
  const kinds = all.map(item => ('kind' in item ? item.kind : 'av01'))
  const infos = kinds.map((kind, index) =>
    box('infe', u32(0x02000000), u16(index + 1, 0), Buffer.from(`${kind}\0`, 'latin1')),
  )
  const shared = [box('pixi', u32(0), Buffer.from([3, 8, 8, 8])), ...colors.map(color => box('colr', color))]
  const own = all.flatMap(({ width, height }, index) => [
    box('ispe', u32(0, width, height)),
    items[index]?.configuration ?? box('free'),
  ])
  const sharedIds = shared.map((_, index) => index + 1)
  const associations = all.map((_, index) => {
    const first = shared.length + 1 + 2 * index
    const ids = [...sharedIds, first, ...(index < items.length ? [0x80 | (first + 1)] : [])]
    return Buffer.concat([u16(index + 1), Buffer.from([ids.length, ...ids])])
  })
  const tiles = items.map((_, index) => u16(index + 1))
  return box(
    'meta',
    u32(0),
    box('hdlr', u32(0, 0), Buffer.from('pict', 'latin1'), Buffer.alloc(13)),
    box('pitm', u32(0), u16(primary)),
    box('iloc', u32(0), u16(0x4400, locations.length), ...locations),
    box('iinf', u32(0), u16(all.length), ...infos),
    ...(all.length > items.length
      ? [box('iref', u32(0), box('dimg', u16(all.length, items.length), ...tiles))]
      : []),
    box('iprp', box('ipco', ...shared, ...own), box('ipma', u32(0, all.length), ...associations)),
  )
}

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

export interface AvifOptions {
  /** The id of the primary item; ids count from 1. The grid has the last one. */
  readonly primary?: number
  readonly brands?: readonly string[]
  /** The content of a box `moov`. */
  readonly tracks?: Buffer
  /** Properties `colr` of every item, without header. */
  readonly colors?: readonly Buffer[]
  /** One row of all items. */
  readonly grid?: { readonly columns: number; readonly width: number; readonly height: number }
}

/** Puts items together to an AVIF. */
export function avifContainer(items: readonly AvifItem[], options: AvifOptions = {}): Buffer {
  const { primary = 1, brands = ['avif', 'mif1', 'miaf'], tracks, colors = [], grid } = options
  const [major = '', ...compatible] = brands
  const head = box('ftyp', Buffer.from(`${major}\0\0\0\0${compatible.join('')}`, 'latin1'))
  const shape = grid && Buffer.from([0, 0, 0, grid.columns - 1, ...u16(grid.width, grid.height)])
  const data = [...items.map(item => item.data), ...(shape ? [shape] : [])]
  const sizes = [...items, ...(grid ? [grid] : [])]
  const metaAt = (offset: number) => metaBox({ items, sizes, data, primary, colors, offset })
  const between = tracks ? box('moov', tracks) : Buffer.alloc(0)
  const offset = head.length + metaAt(0).length + between.length + 8
  return Buffer.concat([head, metaAt(offset), between, box('mdat', ...data)])
}

interface MetaParts {
  readonly items: readonly AvifItem[]
  readonly sizes: readonly { readonly width: number; readonly height: number }[]
  readonly data: readonly Buffer[]
  readonly primary: number
  readonly colors: readonly Buffer[]
  readonly offset: number
}

function metaBox({ items, sizes, data, primary, colors, offset }: MetaParts): Buffer {
  let at = offset
  const locations = data.map((part, index) => {
    const location = Buffer.concat([u16(index + 1, 0, 1), u32(at, part.length)])
    at += part.length
    return location
  })
  const kinds = data.map((_, index) => (index < items.length ? 'av01' : 'grid'))
  const infos = kinds.map((kind, index) =>
    box('infe', u32(0x02000000), u16(index + 1, 0), Buffer.from(`${kind}\0`, 'latin1')),
  )
  const shared = [box('pixi', u32(0), Buffer.from([3, 8, 8, 8])), ...colors.map(color => box('colr', color))]
  const own = sizes.flatMap(({ width, height }, index) => [
    box('ispe', u32(0, width, height)),
    items[index]?.configuration ?? box('free'),
  ])
  const sharedIds = shared.map((_, index) => index + 1)
  const associations = sizes.map((_, index) => {
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
    box('iloc', u32(0), u16(0x4400, data.length), ...locations),
    box('iinf', u32(0), u16(data.length), ...infos),
    ...(data.length > items.length
      ? [box('iref', u32(0), box('dimg', u16(data.length, items.length), ...tiles))]
      : []),
    box('iprp', box('ipco', ...shared, ...own), box('ipma', u32(0, sizes.length), ...associations)),
  )
}

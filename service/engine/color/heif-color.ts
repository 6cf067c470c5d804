import { boxesOf, contentsOf } from '../foreign/heif-boxes.ts'
import { primaryItem } from '../sources/avif-container.ts'
import { type CodePoints, profileOf } from './code-points.ts'

/** Colour of a HEIF container's primary item, from its properties `colr` (ISO/IEC 23008-12, section 6.5.5). */
export interface HeifColor {
  readonly icc?: Buffer | undefined
  readonly points?: CodePoints | undefined
}

/** Reads the colour from the content of a box `meta`. The items of a grid have the grid's colour. */
export function colorOf(meta: Buffer): HeifColor {
  const children = boxesOf(meta.subarray(4))
  const properties = boxesOf(contentsOf(children, 'iprp') ?? none)
  const all = boxesOf(contentsOf(properties, 'ipco') ?? none)
  const entry = findEntry(contentsOf(properties, 'ipma') ?? none, primaryItem(children))
  const own = (entry?.ids ?? []).flatMap(id => all[id - 1] ?? [])
  const colors = (boxes: typeof all) => boxes.filter(({ type }) => type === 'colr').map(box => box.content)
  const found = colors(own).length > 0 ? colors(own) : colors(all)
  const kind = (content: Buffer) => content.toString('latin1', 0, 4)
  const icc = found.find(content => /^(prof|rICC)$/.test(kind(content)))?.subarray(4)
  const points = found.find(content => kind(content) === 'nclx' && content.length >= 10)
  return {
    icc,
    points: points && { primaries: points.readUInt16BE(4), transfer: points.readUInt16BE(6) },
  }
}

const none = Buffer.alloc(0)

/** The properties of an item in `ipma`. */
interface Entry {
  readonly ids: readonly number[]
  /** Where the entry's count is, and where the entry ends. */
  readonly countAt: number
  readonly end: number
  /** Whether each property takes two bytes. */
  readonly isWide: boolean
}

function findEntry(associations: Buffer, item: number | undefined): Entry | undefined {
  if (associations.length < 8 || item === undefined) return undefined
  const idBytes = associations[0] === 0 ? 2 : 4
  const isWide = (associations.readUInt8(3) & 1) === 1
  const step = isWide ? 2 : 1
  let at = 8
  for (let left = associations.readUInt32BE(4); left > 0 && at + idBytes < associations.length; left--) {
    const countAt = at + idBytes
    const end = countAt + 1 + step * associations.readUInt8(countAt)
    if (end > associations.length) return undefined
    if (associations.readUIntBE(at, idBytes) === item) {
      const read = (from: number) =>
        isWide ? associations.readUInt16BE(from) & 0x7fff : associations.readUInt8(from) & 0x7f
      const ids = Array.from({ length: (end - countAt - 1) / step }, (_, i) => read(countAt + 1 + i * step))
      return { ids, countAt, end, isWide }
    }
    at = end
  }
  return undefined
}

/**
 * Adds an ICC profile to an AVIF that has only colour code points, because libvips reads only profiles. The box `meta`
 * is written again at the end of the file and the old one becomes free space, so that all offsets stay valid.
 * @returns the same buffer when nothing has to change
 */
export function withAvifProfile(file: Buffer): Buffer {
  const boxes = boxesOf(file)
  const meta = boxes.find(({ type }) => type === 'meta')
  const last = boxes.at(-1)
  if (meta === undefined || last === undefined) return file
  const { icc, points } = colorOf(meta.content)
  const profile = icc || !points ? undefined : profileOf(points)
  const written = profile && addProperty(meta.content, box('colr', Buffer.from('prof', 'latin1'), profile))
  if (!written) return file
  const result = Buffer.concat([file, written])
  result.write('free', meta.start + 4, 'latin1')
  // a last box without a size extends to the end of the file, so it would include the new one
  if (result.readUInt32BE(last.start) === 0) result.writeUInt32BE(file.length - last.start, last.start)
  return result
}

/** Adds a property of the primary item. @returns the box `meta`; undefined when the boxes do not allow it */
function addProperty(meta: Buffer, property: Buffer): Buffer | undefined {
  const children = boxesOf(meta.subarray(4))
  const properties = boxesOf(contentsOf(children, 'iprp') ?? none)
  const existing = contentsOf(properties, 'ipco')
  const associations = contentsOf(properties, 'ipma')
  const entry = associations && findEntry(associations, primaryItem(children))
  if (existing === undefined || associations === undefined || entry === undefined) return undefined
  const id = boxesOf(existing).length + 1
  if (entry.ids.length === 255 || id > (entry.isWide ? 0x7fff : 0x7f)) return undefined
  const changed = Buffer.from(associations)
  changed.writeUInt8(entry.ids.length + 1, entry.countAt)
  const reference = Buffer.from(entry.isWide ? [id >> 8, id & 255] : [id])
  const contents: Readonly<Record<string, readonly Buffer[]>> = {
    ipco: [existing, property],
    ipma: [changed.subarray(0, entry.end), reference, changed.subarray(entry.end)],
  }
  const inner = properties.map(({ type, content }) => box(type, ...(contents[type] ?? [content])))
  const outer = children.map(({ type, content }) =>
    type === 'iprp' ? box(type, ...inner) : box(type, content),
  )
  return box('meta', meta.subarray(0, 4), ...outer)
}

function box(type: string, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(content.length + 8)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, content])
}

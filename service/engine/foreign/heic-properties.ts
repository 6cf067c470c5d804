import { profileOf } from '../color/code-points.ts'
import { colorOf } from '../color/heif-color.ts'
import { boxesOf } from './heif-boxes.ts'

/** Metadata of a HEIF file. Damaged boxes are ignored, and every read is bounds-checked. */
export interface HeicProperties {
  /** The profile of the property `colr`. */
  readonly icc?: Buffer | undefined
  /**
   * The item `Exif` (ISO/IEC 23008-12, annex A.2.1) as a TIFF structure. Its orientation is set to 1, because the
   * decoder has already rotated the pixels by the file's rotation properties.
   */
  readonly exif?: Buffer | undefined
}

/** A larger profile or EXIF is ignored. */
const maxBytes = 1024 * 1024

/** Reads the profile and EXIF of a HEIF file. */
export function readHeicProperties(bytes: Uint8Array): HeicProperties {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const within = (found: Buffer | undefined) => (found && found.length <= maxBytes ? found : undefined)
  return {
    icc: within(orUndefined(() => findProfile(file))),
    exif: within(orUndefined(() => findExif(file))),
  }
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const child = (data: Buffer | undefined, type: string) =>
  data && boxesOf(data).find(box => box.type === type)?.content

const metaOfFile = (file: Buffer) => child(file, 'meta')

/** The boxes inside `meta`, after its four bytes of version and flags. */
const metaOf = (file: Buffer) => metaOfFile(file)?.subarray(4)

/** The embedded profile, else the profile of the colour code points (ITU-T H.273). */
function findProfile(file: Buffer): Buffer | undefined {
  const meta = metaOfFile(file)
  if (meta === undefined) return undefined
  const { icc, points } = colorOf(meta)
  return icc ?? (points && profileOf(points))
}

function findExif(file: Buffer): Buffer | undefined {
  const meta = metaOf(file)
  const items = child(meta, 'iinf')
  const locations = child(meta, 'iloc')
  if (items === undefined || locations === undefined) return undefined
  const id = findItem(items, 'Exif')
  const extent = id === undefined ? undefined : locate(locations, id)
  if (extent === undefined) return undefined
  const item = file.subarray(extent.offset, extent.offset + extent.length)
  const tiff = Buffer.from(item.subarray(4 + item.readUInt32BE(0)))
  return upright(tiff)
}

/** The id of the first item of a type (`infe` of version 2 or 3). */
function findItem(items: Buffer, type: string): number | undefined {
  const entries = boxesOf(items.subarray(items.readUInt8(0) === 0 ? 6 : 8))
  for (const { content } of entries) {
    const wide = content.readUInt8(0) === 3
    const at = wide ? 10 : 8
    if (content.toString('latin1', at, at + 4) === type)
      return wide ? content.readUInt32BE(4) : content.readUInt16BE(4)
  }
  return undefined
}

/**
 * The position of an item in the file (`iloc`). Items with several extents, or with a construction method other than 0
 * (an offset in the file), are ignored.
 */
function locate(locations: Buffer, id: number): { offset: number; length: number } | undefined {
  const version = locations.readUInt8(0)
  const [offsetBytes, lengthBytes] = [locations.readUInt8(4) >> 4, locations.readUInt8(4) & 15]
  const [baseBytes, indexBytes] = [locations.readUInt8(5) >> 4, version > 0 ? locations.readUInt8(5) & 15 : 0]
  let at = 6
  const next = (bytes: number) => {
    let value = 0
    for (let index = 0; index < bytes; index++) value = value * 256 + locations.readUInt8(at++)
    return value
  }
  const idBytes = version < 2 ? 2 : 4
  for (let left = next(idBytes); left > 0; left--) {
    const isWanted = next(idBytes) === id
    const method = version > 0 ? next(2) & 15 : 0
    next(2)
    const base = next(baseBytes)
    const extents = Array.from({ length: next(2) }, () => {
      next(indexBytes)
      return { offset: base + next(offsetBytes), length: next(lengthBytes) }
    })
    if (isWanted) return method === 0 && extents.length === 1 ? extents[0] : undefined
  }
  return undefined
}

/** Sets the orientation of an EXIF structure to 1. @returns undefined when it is not EXIF */
function upright(tiff: Buffer): Buffer | undefined {
  const order = tiff.toString('latin1', 0, 2)
  if (order !== 'II' && order !== 'MM') return undefined
  const short = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const first = order === 'II' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  for (let index = 0; index < short(first); index++) {
    const entry = first + 2 + 12 * index
    if (short(entry) !== 0x112) continue
    if (order === 'II') tiff.writeUInt16LE(1, entry + 8)
    else tiff.writeUInt16BE(1, entry + 8)
  }
  return tiff
}

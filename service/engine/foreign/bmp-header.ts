import { undecodableFile } from './page-limits.ts'

/** Channel masks of a 16- or 32-bit pixel. A mask is 0 when the channel is missing. */
export interface ChannelMasks {
  readonly red: number
  readonly green: number
  readonly blue: number
  readonly alpha: number
}

export type BitmapCompression = 'none' | 'rle8' | 'rle4' | 'rle24' | 'jpeg' | 'png'

/** Header of a device-independent bitmap, as in BMP files and icons. */
export interface BitmapHeader {
  readonly width: number
  readonly height: number
  readonly topDown: boolean
  readonly bits: number
  readonly compression: BitmapCompression
  readonly masks: ChannelMasks
  /** RGB of each entry. */
  readonly palette: Uint8Array
  /** Offset of the end of header, masks and palette. */
  readonly end: number
}

/** Values of the field `compression`. Some mean something else in OS/2 headers. */
const windows = ['none', 'rle8', 'rle4', 'masks', 'jpeg', 'png', 'alphamasks'] as const
const os2 = ['none', 'rle8', 'rle4', 'huffman', 'rle24'] as const

/** Bits per pixel of an uncompressed bitmap. */
const depths = [1, 2, 4, 8, 16, 24, 32]

const noMasks: ChannelMasks = { red: 0, green: 0, blue: 0, alpha: 0 }
/** Masks of 16- and 32-bit pixels when the file defines none. */
const usualMasks: Readonly<Record<number, ChannelMasks>> = {
  16: { red: 0x7c00, green: 0x03e0, blue: 0x001f, alpha: 0 },
  32: { red: 0xff0000, green: 0xff00, blue: 0xff, alpha: 0 },
}

/**
 * Reads a bitmap's header, masks and palette: Windows (40, 52, 56, 108 and 124 bytes) and OS/2 (12, 16 to 64).
 * @param at offset of the header
 * @param pixelsAt offset of the pixels, if the file has one: the palette ends there at the latest
 * @throws RangeError when the header exceeds the file; DarkroomError `undecodable`
 */
export function readBitmapHeader(file: Buffer, at: number, pixelsAt = file.length): BitmapHeader {
  const size = file.readUInt32LE(at)
  const layout = size === 12 ? readCore(file, at) : readInfo(file, at, size)
  const { bits, compression } = layout
  const isEmbedded = compression === 'jpeg' || compression === 'png'
  if (!isEmbedded && !depths.includes(bits))
    throw undecodableFile(`unsupported bitmap depth of ${bits} bits per pixel`)
  const palette = readPalette(file, { ...layout, at: layout.end, pixelsAt, size })
  return { ...layout, palette: palette.colors, end: palette.end }
}

interface Layout extends Omit<BitmapHeader, 'palette'> {
  /** Number of palette entries according to the file. */
  readonly colors: number
}

/** The header of OS/2 1: 16-bit width and height, no further fields. */
function readCore(file: Buffer, at: number): Layout {
  const bits = file.readUInt16LE(at + 10)
  return {
    width: file.readUInt16LE(at + 4),
    height: file.readUInt16LE(at + 6),
    topDown: false,
    bits,
    compression: 'none',
    masks: usualMasks[bits] ?? noMasks,
    colors: 0,
    end: at + 12,
  }
}

function readInfo(file: Buffer, at: number, size: number): Layout {
  if (size < 16 || size > 1024) throw undecodableFile(`unsupported bitmap header of ${size} bytes`)
  /** A field that a short OS/2 header omits is 0. */
  const field = (offset: number) => (offset + 4 <= size ? file.readUInt32LE(at + offset) : 0)
  const bits = file.readUInt16LE(at + 14)
  const signedHeight = file.readInt32LE(at + 8)
  // a header of 64 bytes, or a truncated one, is OS/2 2, where 3 and 4 have other meanings
  const compressionName = (size === 64 || size < 40 ? os2 : windows)[field(16)]
  if (compressionName === undefined || compressionName === 'huffman')
    throw undecodableFile(`unsupported bitmap compression ${field(16)}`)
  const masked = compressionName === 'masks' || compressionName === 'alphamasks'
  const hasAlpha = compressionName === 'alphamasks' || size >= 56
  const mask = (index: number) => file.readUInt32LE(at + 40 + 4 * index)
  const own = () => ({ red: mask(0), green: mask(1), blue: mask(2), alpha: hasAlpha ? mask(3) : 0 })
  return {
    width: file.readInt32LE(at + 4),
    height: Math.abs(signedHeight),
    topDown: signedHeight < 0,
    bits,
    compression: masked ? 'none' : compressionName,
    masks: masked ? own() : (usualMasks[bits] ?? noMasks),
    colors: field(32),
    // after a header of 40 bytes the masks follow; longer headers contain them
    end: at + Math.max(size, masked ? 40 + (hasAlpha ? 16 : 12) : 0),
  }
}

interface PalettePlace {
  readonly at: number
  readonly pixelsAt: number
  readonly size: number
  readonly bits: number
  readonly colors: number
}

/** Entries are blue, green, red and, except in OS/2 1, an unused byte. */
function readPalette(file: Buffer, place: PalettePlace): { colors: Uint8Array; end: number } {
  const { at, pixelsAt, size, bits, colors } = place
  if (bits > 8 || bits === 0) return { colors: new Uint8Array(), end: at + Math.min(colors, 256) * 4 }
  const step = size === 12 ? 3 : 4
  const declared = colors === 0 || colors > 1 << bits ? 1 << bits : colors
  const room = Math.floor((Math.min(pixelsAt, file.length) - at) / step)
  const count = Math.max(0, Math.min(declared, room))
  const read = new Uint8Array(count * 3)
  for (let index = 0; index < count; index++) {
    for (let channel = 0; channel < 3; channel++)
      read[index * 3 + channel] = file.readUInt8(at + index * step + 2 - channel)
  }
  return { colors: read, end: at + count * step }
}

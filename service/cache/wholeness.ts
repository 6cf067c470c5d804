/**
 * Whether a file is whole, as far as its format shows: `cut` when its end is missing, `unknown` for a format that does
 * not show it. A power cut may cut a file short that was not flushed to disk.
 */
export type Wholeness = 'whole' | 'cut' | 'unknown'

interface Format {
  readonly begins: (file: Buffer) => boolean
  readonly isWhole: (file: Buffer) => boolean
}

const pngEnd = Buffer.from('0000000049454e44ae426082', 'hex')
const beginsWith = (hex: string) => {
  const magic = Buffer.from(hex, 'hex')
  return (file: Buffer) => file.subarray(0, magic.length).equals(magic)
}
const endsWith = (end: Buffer) => (file: Buffer) => file.subarray(-end.length).equals(end)

const formats: readonly Format[] = [
  // JPEG: the marker EOI
  { begins: beginsWith('ffd8'), isWhole: endsWith(Buffer.from([0xff, 0xd9])) },
  // PNG: the chunk IEND
  { begins: beginsWith('89504e470d0a1a0a'), isWhole: endsWith(pngEnd) },
  // GIF: the end of the last block, and the trailer
  { begins: beginsWith('47494638'), isWhole: endsWith(Buffer.from([0, 0x3b])) },
  // WebP: the size in the header of RIFF
  { begins: beginsWith('52494646'), isWhole: file => file.length === file.readUInt32LE(4) + 8 },
  // AVIF, and JPEG XL in a container: the sizes of the boxes
  { begins: file => /^(ftyp|JXL )$/.test(file.toString('latin1', 4, 8)), isWhole: endsWithBox },
  // what `info` returns
  { begins: file => file[0] === 0x7b, isWhole: file => file.at(-1) === 0x7d },
]

/** The shortest file of any format. */
const minBytes = 12

export function wholenessOf(file: Buffer): Wholeness {
  if (file.length === 0) return 'cut'
  const format = formats.find(({ begins }) => begins(file))
  if (format === undefined) return 'unknown'
  return (file.length >= minBytes || file[0] === 0x7b) && format.isWhole(file) ? 'whole' : 'cut'
}

/** Whether the last box of an ISO base media file (ISO/IEC 14496-12, section 4.2) ends with the file. */
function endsWithBox(file: Buffer): boolean {
  let at = 0
  while (at + 8 <= file.length) {
    const size = file.readUInt32BE(at)
    // 0: to the end of the file; 1: the size follows in 64 bits
    if (size === 0) return true
    const bytes = size === 1 && at + 16 <= file.length ? Number(file.readBigUInt64BE(at + 8)) : size
    if (bytes < 8) return false
    at += bytes
  }
  return at === file.length
}

/**
 * How a file that can be made again is stored. It is flushed to disk only when its readers could not see that a power cut
 * has cut it short.
 */
export function renewable(file: Buffer, contentType: string) {
  return { contentType, durable: false, flush: wholenessOf(file) !== 'whole' } as const
}

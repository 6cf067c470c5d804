import { undecodableFile } from './page-limits.ts'

/** Aspect ratios by number, from which the width follows (ISO/IEC 18181-1, SizeHeader). */
const ratios = [undefined, [1, 1], [12, 10], [4, 3], [3, 2], [16, 9], [5, 4], [2, 1]] as const

/** Bits of a side that is not a small multiple of 8, by selector. */
const sideBits = [9, 13, 18, 30] as const

/** Maximum number of boxes before the codestream. */
const maxBoxes = 1000

/**
 * The size in the header of a JPEG XL file, before orientation. The decoder reports a size only after decoding.
 * @throws DarkroomError `undecodable` when there is no header
 */
export function readJxlSize(bytes: Uint8Array): { width: number; height: number } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const stream = file.readUInt16BE(0) === 0xff0a ? file : codestreamOf(file)
  if (stream === undefined || stream.length < 12 || stream.readUInt16BE(0) !== 0xff0a)
    throw undecodableFile('the JPEG XL header is missing')
  const read = bitReader(stream, 2)
  const isSmall = read(1) === 1
  const side = () => (isSmall ? (read(5) + 1) * 8 : read(sideBits[read(2)] ?? 9) + 1)
  const height = side()
  const ratio = ratios[read(3)]
  return { height, width: ratio ? Math.floor((height * ratio[0]) / ratio[1]) : side() }
}

/** The codestream, or its first part, of a box container. */
function codestreamOf(file: Buffer): Buffer | undefined {
  let at = 0
  for (let count = 0; count < maxBoxes && at + 16 <= file.length; count++) {
    const short = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    const head = short === 1 ? 16 : 8
    if (type === 'jxlc') return file.subarray(at + head)
    if (type === 'jxlp') return file.subarray(at + head + 4)
    const size = short === 1 ? Number(file.readBigUInt64BE(at + 8)) : short
    if (size < head) return undefined
    at += size
  }
  return undefined
}

/** Reads numbers of up to 30 bits, lowest bit first. */
function bitReader(data: Buffer, from: number): (count: number) => number {
  let bit = from * 8
  return count => {
    let value = 0
    for (let index = 0; index < count; index++, bit++)
      value += (((data[bit >> 3] ?? 0) >> (bit & 7)) & 1) * 2 ** index
    return value
  }
}

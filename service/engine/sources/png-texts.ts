import { inflateSync } from 'node:zlib'
import { isPng, pngSignature } from '../metadata/png-chunk.ts'

/** Maximum bytes of all texts of a PNG after decompression, XMP included. */
const maxTextBytes = 4 * 2 ** 20
/** Maximum bytes of a colour profile after decompression. Those of printers have up to 5 MB. */
const maxProfileBytes = 16 * 2 ** 20
/** Maximum number of texts. */
const maxTexts = 1_000
/** Data that was deflated is smaller by this factor at most (https://zlib.net/zlib_tech.html). */
const maxRatio = 1_032

/** The chunks that are bounded, and `IDAT`, where the pixels begin. `sPLT` is removed: nothing here reads it. */
const types = ['tEXt', 'zTXt', 'iTXt', 'iCCP', 'sPLT', 'IDAT'] as const
type ChunkType = (typeof types)[number]

/** By their number, as comparing numbers is much faster than decoding text. */
const typesByNumber = new Map(types.map(type => [Buffer.from(type, 'latin1').readUInt32BE(0), type]))

/** A chunk with the offsets of its begin and end. */
interface Chunk {
  readonly type: ChunkType
  readonly begin: number
  readonly end: number
}

/** The bounded chunks before the pixels, then the first `IDAT` if the data reaches that far. */
function* readChunks(data: Buffer): Generator<Chunk> {
  for (let begin = pngSignature.length; begin + 8 <= data.length; ) {
    const type = typesByNumber.get(data.readUInt32BE(begin + 4))
    const end = begin + 12 + data.readUInt32BE(begin)
    if (type !== undefined) yield { type, begin, end }
    if (type === 'IDAT') return
    begin = end
  }
}

/** Whether `withBoundedTexts` may change a PNG with this beginning. */
export const mayNeedBounds = (head: Buffer): boolean => isPng(head) && mayExceed(head)

/** Whether the chunks could exceed the limits when inflated, or the data ends before the pixels. */
function mayExceed(data: Buffer): boolean {
  let bytes = 0
  for (const { type, begin, end } of readChunks(data)) {
    if (type === 'IDAT') return bytes * maxRatio > maxTextBytes
    bytes += end - begin
  }
  return true
}

/**
 * Removes texts beyond 4 MiB or a thousand, profiles above 16 MiB, and repeated profiles. libvips copies each of them
 * several times in each render: 486 kB of texts took 2.8 GB.
 * @returns the same buffer when nothing has to change
 */
export function withBoundedTexts(file: Buffer): Buffer {
  if (!mayNeedBounds(file)) return file
  const budget = createBudget()
  const kept: Buffer[] = []
  let from = 0
  for (const { type, begin, end } of readChunks(file)) {
    if (type === 'IDAT' || budget.allows(type, file.subarray(begin + 8, end - 4))) continue
    // nothing lies between two removed chunks, and there may be millions of them
    if (begin > from) kept.push(file.subarray(from, begin))
    from = end
  }
  return from === 0 ? file : Buffer.concat([...kept, file.subarray(from)])
}

/** Decides which chunks are kept, from the first to the last. */
function createBudget() {
  let left = maxTextBytes
  let texts = 0
  let profiles = 0
  const allowsText = (type: ChunkType, content: Buffer) => {
    // the first text that exceeds the budget ends it, so that no more than the budget is ever inflated
    if (left < 0 || ++texts > maxTexts) return false
    left -= textBytes(type, content, left)
    return left >= 0
  }
  return {
    allows(type: ChunkType, content: Buffer): boolean {
      if (type === 'sPLT') return false
      if (type !== 'iCCP') return allowsText(type, content)
      return profiles++ === 0 && textBytes('zTXt', content, maxProfileBytes) <= maxProfileBytes
    },
  }
}

/** Bytes of a text after decompression; more than `limit` if they exceed it. Damaged data counts by its stored size. */
function textBytes(type: ChunkType, content: Buffer, limit: number): number {
  const packed = packedPart(type, content)
  if (packed === undefined) return content.length
  try {
    return inflateSync(packed, { maxOutputLength: limit + 1 }).length
  } catch (error) {
    return isTooLarge(error) ? limit + 1 : content.length
  }
}

const isTooLarge = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'

/** The compressed part of a text or profile, if there is one (PNG, third edition, section 11.3.3). */
function packedPart(type: ChunkType, content: Buffer): Buffer | undefined {
  const keyword = content.indexOf(0)
  if (type === 'tEXt' || keyword < 0) return undefined
  if (type !== 'iTXt') return content.subarray(keyword + 2)
  const language = content.indexOf(0, keyword + 3)
  const translated = language < 0 ? -1 : content.indexOf(0, language + 1)
  return content[keyword + 1] === 1 && translated >= 0 ? content.subarray(translated + 1) : undefined
}

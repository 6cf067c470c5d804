/** A box of ISO/IEC 14496-12: type, content, and where it starts in its parent. */
export interface HeifBox {
  readonly type: string
  /** Shares the memory of the file. */
  readonly content: Buffer
  readonly start: number
}

/** The most boxes that are read at one level. No program writes as many. */
const maxBoxes = 10_000

/** The boxes at one level. Reads within the buffer only; reading ends at a damaged box. */
export function boxesOf(data: Buffer): HeifBox[] {
  const boxes: HeifBox[] = []
  let at = 0
  while (at + 8 <= data.length && boxes.length < maxBoxes) {
    const short = data.readUInt32BE(at)
    const isLong = short === 1 && at + 16 <= data.length
    const head = isLong ? 16 : 8
    const size = isLong ? Number(data.readBigUInt64BE(at + 8)) : short === 0 ? data.length - at : short
    if (size < head) break
    boxes.push({
      type: data.toString('latin1', at + 4, at + 8),
      content: data.subarray(at + head, at + size),
      start: at,
    })
    at += size
  }
  return boxes
}

/** The content of the first box of a type. */
export const contentsOf = (boxes: readonly HeifBox[], type: string): Buffer | undefined =>
  boxes.find(box => box.type === type)?.content

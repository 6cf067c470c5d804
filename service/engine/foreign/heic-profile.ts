/** Boxes that lead to the properties of a HEIF file; `meta` has four bytes of version and flags. */
const path = ['meta', 'iprp', 'ipco'] as const

/** A box of ISO/IEC 14496-12, by its type and what it contains. */
interface Box {
  readonly type: string
  readonly content: Buffer
}

/**
 * The ICC profile of a HEIF file (property `colr` of ISO/IEC 23008-12, section 6.5.5): the first, as all tiles of a
 * picture share theirs. Damaged boxes count as none; every read stays inside the file.
 */
export function findProfile(bytes: Uint8Array): Buffer | undefined {
  let content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const type of path) {
    const found = boxesOf(content).find(box => box.type === type)
    if (found === undefined) return undefined
    content = type === 'meta' ? found.content.subarray(4) : found.content
  }
  const colors = boxesOf(content).filter(box => box.type === 'colr')
  const profile = colors.find(box => /^(prof|rICC)$/.test(box.content.toString('latin1', 0, 4)))
  return profile?.content.subarray(4)
}

function boxesOf(data: Buffer): Box[] {
  const boxes: Box[] = []
  let at = 0
  while (at + 8 <= data.length) {
    const short = data.readUInt32BE(at)
    const isLong = short === 1 && at + 16 <= data.length
    const head = isLong ? 16 : 8
    const size = isLong ? Number(data.readBigUInt64BE(at + 8)) : short === 0 ? data.length - at : short
    if (size < head) break
    boxes.push({
      type: data.toString('latin1', at + 4, at + 8),
      content: data.subarray(at + head, at + size),
    })
    at += size
  }
  return boxes
}

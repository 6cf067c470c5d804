/** Bytes of a GIF's colour table, by the flags of the screen or image that it belongs to (GIF89a, sections 18 and 20). */
export const colorTableBytes = (flags = 0) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)

/** The offset after a sequence of data sub-blocks (GIF89a, section 15); undefined when the file ends before. */
export function afterSubBlocks(file: Buffer, start: number): number | undefined {
  let at = start
  while (at < file.length) {
    const length = file[at] ?? 0
    at += 1 + length
    if (length === 0) return at
  }
  return undefined
}

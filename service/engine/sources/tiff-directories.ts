/** The most pages that libvips is given, because it reads the directories of all pages each time it opens a file. */
export const maxPages = 200
/** The highest number of pages that is counted. */
const maxCounted = 65_535
/** The most entries of a directory that are read. No program writes as many. */
const maxEntries = 1_000

/** Whether a file begins as a TIFF, or as a BigTIFF. */
export const isTiff = (head: Buffer): boolean => /^(II[*+]\0|MM\0[*+])/.test(head.toString('latin1', 0, 4))

/** The first value of each entry with an unsigned integer type, by tag. */
export type Directory = ReadonlyMap<number, number>

/** The first directories of a TIFF, one for each page. */
export function readDirectories(file: Buffer, count: number): Directory[] {
  const layout = layoutOf(file)
  const directories: Directory[] = []
  for (const at of walk(layout)) {
    if (directories.length === count) break
    directories.push(readDirectory(layout, at))
  }
  return directories
}

/** The number of pages, at most 65,535. */
export function countPages(file: Buffer): number {
  let count = 0
  for (const _ of walk(layoutOf(file))) if (++count === maxCounted) break
  return count
}

/** Cuts a TIFF after its 200th page, in a copy of the buffer. A TIFF with fewer pages or another file is unchanged. */
export function withFewPages(file: Buffer): Buffer {
  if (!isTiff(file)) return file
  const layout = layoutOf(file)
  let count = 0
  for (const at of walk(layout)) {
    if (++count < maxPages) continue
    const next = nextPointerOf(layout, at)
    if (!layout.number(next, layout.pointer)) return file
    const copy = Buffer.from(file)
    return copy.fill(0, next, next + layout.pointer)
  }
  return file
}

/** Widths of a file's fields in bytes (TIFF 6.0, section 2, and the BigTIFF design of libtiff). */
function layoutOf(file: Buffer) {
  const isBig = file[2] === 43 || file[3] === 43
  const isLittleEndian = file[0] === 0x49
  return {
    isBig,
    counter: isBig ? 8 : 2,
    entry: isBig ? 20 : 12,
    pointer: isBig ? 8 : 4,
    /**
     * Reads an unsigned integer; 0 outside of the file. Of the 8-byte numbers of BigTIFF only the low 6 bytes are read,
     * which is enough for offsets in any file.
     */
    number(at: number, bytes: number): number {
      if (at + bytes > file.length) return 0
      const used = Math.min(bytes, 6)
      return isLittleEndian ? file.readUIntLE(at, used) : file.readUIntBE(at + bytes - used, used)
    },
  }
}
type Layout = ReturnType<typeof layoutOf>

/** The offsets of the directories. Stops after the last one, or before an offset that was returned already. */
function* walk(layout: Layout): Generator<number> {
  const seen = new Set<number>()
  let at = layout.number(layout.isBig ? 8 : 4, layout.pointer)
  while (at !== 0 && !seen.has(at)) {
    seen.add(at)
    yield at
    at = layout.number(nextPointerOf(layout, at), layout.pointer)
  }
}

const nextPointerOf = ({ number, counter, entry }: Layout, at: number) =>
  at + counter + entry * number(at, counter)

/** Bytes of a value by its type: SHORT, LONG and LONG8. Others are not read. */
const valueBytes = new Map([
  [3, 2],
  [4, 4],
  [16, 8],
])

function readDirectory({ number, counter, entry, pointer }: Layout, at: number): Directory {
  const values = new Map<number, number>()
  const count = Math.min(maxEntries, number(at, counter))
  for (let index = 0; index < count; index++) {
    const begin = at + counter + entry * index
    const bytes = valueBytes.get(number(begin + 2, 2))
    if (bytes === undefined) continue
    const field = begin + 4 + pointer
    const isInline = bytes * number(begin + 4, pointer) <= pointer
    values.set(number(begin, 2), number(isInline ? field : number(field, pointer), bytes))
  }
  return values
}

import { type FileHandle, open } from 'node:fs/promises'

/** The facts about a font file that are read without its outlines. */
export interface FontFace {
  readonly path: string
  readonly bytes: number
  /** First and last code point of each range of characters, in ascending order. */
  readonly ranges: Uint32Array
  /** 400 is regular, 700 bold. */
  readonly weight: number
  readonly italic: boolean
}

/** Limits for damaged files. No font needs as much. */
const limits = { tables: 100, cmapBytes: 4_000_000, ranges: 200_000 }

interface Table {
  readonly offset: number
  readonly length: number
}

/**
 * Reads the characters and the style of a TrueType or OpenType font, or of the first font of a collection.
 * @returns undefined for any other file, a font without outlines, and a damaged font
 */
export async function readFontFace(path: string): Promise<FontFace | undefined> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const tables = await readTables(file)
    const [cmap, style] = [tables.get('cmap'), tables.get('OS/2')]
    const hasOutlines = ['glyf', 'CFF ', 'CFF2'].some(name => tables.has(name))
    if (!hasOutlines || cmap === undefined || cmap.length > limits.cmapBytes) return undefined
    const ranges = readRanges(await read(file, cmap.offset, cmap.length))
    const head = style && style.length >= 64 ? await read(file, style.offset, 64) : undefined
    return {
      path,
      bytes: size,
      ranges,
      weight: head?.readUInt16BE(4) ?? 400,
      italic: ((head?.readUInt16BE(62) ?? 0) & 1) === 1,
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  } finally {
    await file.close()
  }
}

async function readTables(file: FileHandle): Promise<Map<string, Table>> {
  const start = await read(file, 0, 16)
  const isCollection = start.toString('latin1', 0, 4) === 'ttcf'
  const at = isCollection ? start.readUInt32BE(12) : 0
  const head = isCollection ? await read(file, at, 12) : start
  const tables = new Map<string, Table>()
  if (!['\0\x01\0\0', 'OTTO', 'true'].includes(head.toString('latin1', 0, 4))) return tables
  const count = Math.min(limits.tables, head.readUInt16BE(4))
  const directory = await read(file, at + 12, 16 * count)
  for (let entry = 0; entry < directory.length; entry += 16) {
    const name = directory.toString('latin1', entry, entry + 4)
    tables.set(name, {
      offset: directory.readUInt32BE(entry + 8),
      length: directory.readUInt32BE(entry + 12),
    })
  }
  return tables
}

/** Reads bytes at a position. @throws RangeError beyond the end of the file */
async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position)
  if (bytesRead < length) throw new RangeError('the file ends too early')
  return buffer
}

/** The characters of the largest subtable of `cmap` (OpenType specification): format 12, else format 4. */
function readRanges(cmap: Buffer): Uint32Array {
  let ranges = new Uint32Array()
  for (let index = 0; index < cmap.readUInt16BE(2); index++) {
    const table = cmap.subarray(cmap.readUInt32BE(4 + 8 * index + 4))
    const found = readSubtable(table)
    if (found.length > ranges.length) ranges = found
  }
  return ranges
}

function readSubtable(table: Buffer): Uint32Array<ArrayBuffer> {
  const format = table.readUInt16BE(0)
  if (format === 12) {
    const count = Math.min(limits.ranges, table.readUInt32BE(12))
    return Uint32Array.from({ length: 2 * count }, (_, at) =>
      table.readUInt32BE(16 + 12 * (at >> 1) + 4 * (at & 1)),
    )
  }
  if (format !== 4) return new Uint32Array()
  const count = table.readUInt16BE(6) / 2
  // the last codes of all segments are stored before their first codes; the last segment is a placeholder
  return Uint32Array.from({ length: 2 * (count - 1) }, (_, at) =>
    table.readUInt16BE(14 + 2 * (at >> 1) + (at & 1 ? 0 : 2 * count + 2)),
  )
}

/** Whether a font has a glyph for a code point. */
export function hasCharacter({ ranges }: Pick<FontFace, 'ranges'>, code: number): boolean {
  let [low, high] = [0, ranges.length / 2]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[2 * middle + 1] ?? 0) < code) low = middle + 1
    else high = middle
  }
  return 2 * low < ranges.length && (ranges[2 * low] ?? 0) <= code
}

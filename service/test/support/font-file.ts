/** Writes fonts for tests: each of the given characters is a filled square. */

const u16 = (...values: number[]) => {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value & 0xffff, 2 * index)
  return bytes
}
const u32 = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * index)
  return bytes
}

/** Font units per em. The square fills it from the baseline up. */
const em = 1000

/** An outline of one contour with four on-curve points, its corners (OpenType specification, `glyf`). */
const square = Buffer.concat([
  u16(1, 0, 0, em, em, 3, 0),
  Buffer.from([1, 1, 1, 1]),
  // x and then y of the corners, each relative to the one before
  u16(0, 0, em, 0),
  u16(0, em, 0, -em),
])

/** A TrueType font of this family. */
export function squareFont(family: string, characters: string): Buffer {
  const codes = [...characters].map(character => character.codePointAt(0) ?? 0).sort((a, b) => a - b)
  const count = codes.length
  const tables: Record<string, Buffer> = {
    'OS/2': Buffer.concat([
      u16(3, em, 400, 5),
      Buffer.alloc(54),
      u16(64, codes[0]!, codes.at(-1)!),
      Buffer.alloc(28),
    ]),
    cmap: Buffer.concat([u16(0, 1, 3, 10), u32(12), subtable(codes)]),
    glyf: square,
    head: Buffer.concat([
      u32(0x10000, 0x10000, 0, 0x5f0f3cf5),
      u16(11, em),
      Buffer.alloc(16),
      u16(0, 0, em, em, 0, 8, 2, 1, 0),
    ]),
    hhea: Buffer.concat([u32(0x10000), u16(em, 0, 0, em, 0, 0, em, 1, 0, 0, 0, 0, 0, 0, 0, 1)]),
    hmtx: Buffer.concat([u16(em, 0), u16(...Array(count).fill(0))]),
    // glyph 0 is empty
    loca: u32(0, 0, ...Array(count).fill(square.length)),
    maxp: Buffer.concat([u32(0x10000), u16(count + 1, 4, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0)]),
    name: names(family),
    post: Buffer.concat([u32(0x30000), Buffer.alloc(28)]),
  }
  return assemble(tables)
}

/** All characters have glyph 1, as `loca` has the outline once. */
const subtable = (codes: readonly number[]) =>
  Buffer.concat([
    u16(12, 0),
    u32(16 + 12 * codes.length, 0, codes.length),
    ...codes.map(code => u32(code, code, 1)),
  ])

/** Family, style, full name and PostScript name for Windows in English. */
function names(family: string): Buffer {
  const texts = [family, 'Regular', `${family} Regular`, family.replaceAll(' ', '')]
  let offset = 0
  const records = texts.map((text, index) => {
    const record = u16(3, 1, 0x409, [1, 2, 4, 6][index]!, 2 * text.length, offset)
    offset += 2 * text.length
    return record
  })
  const strings = texts.map(text => u16(...[...text].map(character => character.charCodeAt(0))))
  return Buffer.concat([u16(0, texts.length, 6 + 12 * texts.length), ...records, ...strings])
}

function assemble(tables: Readonly<Record<string, Buffer>>): Buffer {
  const entries = Object.entries(tables)
  let offset = 12 + 16 * entries.length
  const padded = (table: Buffer) => Buffer.concat([table, Buffer.alloc((4 - (table.length % 4)) % 4)])
  const directory = entries.map(([tag, table]) => {
    const entry = Buffer.concat([Buffer.from(tag, 'latin1'), u32(0, offset, table.length)])
    offset += padded(table).length
    return entry
  })
  const head = Buffer.concat([u32(0x10000), u16(entries.length, 128, 3, 32)])
  return Buffer.concat([head, ...directory, ...entries.map(([, table]) => padded(table))])
}

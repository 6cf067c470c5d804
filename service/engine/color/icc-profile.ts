/** A point of the CIE 1931 chromaticity diagram. */
export type Chromaticity = readonly [x: number, y: number]

/** Red, green, blue, and white. */
export type Primaries = readonly [
  red: Chromaticity,
  green: Chromaticity,
  blue: Chromaticity,
  white: Chromaticity,
]

/** From encoded to linear light, both 0–1: sRGB's formula, a plain gamma, or a table of equal steps. */
export type Transfer =
  | { readonly kind: 'srgb' }
  | { readonly kind: 'gamma'; readonly exponent: number }
  | { readonly kind: 'table'; readonly values: readonly number[] }

type Matrix = readonly (readonly number[])[]

/** The white of the profile connection space (ICC.1:2022, section 7.2.16). */
const d50 = [0.9642, 1, 0.8249]
/** Bradford's cone responses (ICC.1:2022, annex E). */
const bradford: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
]

/** An RGB profile with a matrix (ICC.1:2022); undefined when the primaries span no triangle. */
export function rgbProfile(primaries: Primaries, transfer: Transfer): Buffer | undefined {
  const matrix = toConnectionSpace(primaries)
  if (matrix === undefined) return undefined
  const curve = curveTag(transfer)
  const columns = [0, 1, 2].map(column => xyzTag(matrix.map(row => row[column] ?? 0)))
  const [red, green, blue] = columns
  return profile('mntr', 'RGB ', {
    rXYZ: red,
    gXYZ: green,
    bXYZ: blue,
    rTRC: curve,
    gTRC: curve,
    bTRC: curve,
  })
}

/** A profile for images of one channel. */
export const greyProfile = (transfer: Transfer): Buffer =>
  profile('mntr', 'GRAY', { kTRC: curveTag(transfer) })

/** A profile for images of four channels whose table gives sRGB samples. See `cmykTable`. */
export const cmykProfile = (table: Buffer): Buffer => profile('prtr', 'CMYK', { A2B0: table })

/** RGB to XYZ under D50, with the white point adapted. */
function toConnectionSpace([red, green, blue, white]: Primaries): Matrix | undefined {
  const whiteXyz = xyzOf(white)
  const columns = [red, green, blue].map(xyzOf)
  const unscaled = [0, 1, 2].map(row => columns.map(column => column[row] ?? 0))
  const scale = apply(invert(unscaled), whiteXyz)
  const cones = apply(bradford, whiteXyz)
  const gains = apply(bradford, d50).map((value, index) => value / (cones[index] ?? 0))
  const adapt = multiply(
    invert(bradford),
    bradford.map((row, index) => row.map(value => value * (gains[index] ?? 0))),
  )
  const matrix = multiply(
    adapt,
    unscaled.map(row => row.map((value, index) => value * (scale[index] ?? 0))),
  )
  // chromaticities of a damaged file may be anything
  return matrix.flat().every(value => Math.abs(value) < 8) ? matrix : undefined
}

const xyzOf = ([x, y]: Chromaticity) => [x / y, 1, (1 - x - y) / y]
const apply = (matrix: Matrix, vector: readonly number[]) =>
  matrix.map(row => row.reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0))
const multiply = (left: Matrix, right: Matrix): Matrix =>
  left.map(row => [0, 1, 2].map(column => row.reduce((sum, v, k) => sum + v * (right[k]?.[column] ?? 0), 0)))

/** The inverse of a 3x3 matrix: its adjugate divided by its determinant. */
function invert(m: Matrix): Matrix {
  const at = (row: number, column: number) => m[row % 3]?.[column % 3] ?? 0
  const cofactor = (row: number, column: number) =>
    at(row + 1, column + 1) * at(row + 2, column + 2) - at(row + 1, column + 2) * at(row + 2, column + 1)
  const determinant = [0, 1, 2].reduce((sum, column) => sum + at(0, column) * cofactor(0, column), 0)
  return [0, 1, 2].map(row => [0, 1, 2].map(column => cofactor(column, row) / determinant))
}

const fixed = (values: readonly number[]): Buffer => {
  const buffer = Buffer.alloc(4 * values.length)
  values.forEach((value, index) => {
    buffer.writeInt32BE(Math.round(value * 65536), 4 * index)
  })
  return buffer
}
const typed = (type: string, ...parts: Buffer[]) =>
  Buffer.concat([Buffer.from(`${type}\0\0\0\0`, 'latin1'), ...parts])
const xyzTag = (values: readonly number[]) => typed('XYZ ', fixed(values))

/** Types `para` and `curv` (ICC.1:2022, sections 10.18 and 10.6). */
function curveTag(transfer: Transfer): Buffer {
  if (transfer.kind === 'srgb')
    return typed(
      'para',
      Buffer.from([0, 3, 0, 0]),
      fixed([2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]),
    )
  if (transfer.kind === 'gamma') return typed('para', Buffer.alloc(4), fixed([transfer.exponent]))
  const body = Buffer.alloc(4 + 2 * transfer.values.length)
  body.writeUInt32BE(transfer.values.length)
  transfer.values.forEach((value, index) => {
    body.writeUInt16BE(Math.round(Math.min(1, Math.max(0, value)) * 65535), 4 + 2 * index)
  })
  return typed('curv', body)
}

/**
 * Type `mAB ` (ICC.1:2022, section 10.12): a table from four channels to sRGB samples, then sRGB's curve and matrix.
 * @param samples `points ** 4` triples with values 0–1; the last of the four channels varies fastest
 */
export function cmykTable(points: number, samples: readonly number[]): Buffer {
  const srgb = toConnectionSpace(srgbPrimaries) ?? []
  const identity = padded(typed('curv', Buffer.alloc(4)))
  const curves = (tag: Buffer, count: number) => Buffer.concat(Array(count).fill(padded(tag)))
  // XYZ is encoded with 1.0 as 32768 of 65535
  const matrix = fixed([...srgb.flat().map(value => (value * 32768) / 65535), 0, 0, 0])
  const grid = Buffer.alloc(20)
  grid.fill(points, 0, 4)
  grid.writeUInt8(2, 16)
  const values = Buffer.alloc(2 * samples.length)
  samples.forEach((value, index) => {
    values.writeUInt16BE(Math.round(value * 65535), 2 * index)
  })
  const parts = [
    curves(identity, 3),
    matrix,
    curves(curveTag({ kind: 'srgb' }), 3),
    padded(Buffer.concat([grid, values])),
    curves(identity, 4),
  ]
  const head = Buffer.alloc(24)
  head.set([4, 3])
  let at = 32
  parts.forEach((part, index) => {
    head.writeUInt32BE(at, 4 + 4 * index)
    at += part.length
  })
  return typed('mAB ', head, ...parts)
}

const padded = (tag: Buffer) => Buffer.concat([tag, Buffer.alloc((4 - (tag.length % 4)) % 4)])

/** ITU-R BT.709 with D65. */
export const srgbPrimaries: Primaries = [
  [0.64, 0.33],
  [0.3, 0.6],
  [0.15, 0.06],
  [0.3127, 0.329],
]

/** Header, tag table and tags (ICC.1:2022, section 7). Equal tags are stored once. */
function profile(kind: string, space: string, tags: Readonly<Record<string, Buffer | undefined>>): Buffer {
  const entries = Object.entries({ ...tags, wtpt: xyzTag(d50), desc: description(space) })
  const stored = new Map<Buffer, number>()
  const table = Buffer.alloc(4 + 12 * entries.length)
  table.writeUInt32BE(entries.length)
  let at = 128 + table.length
  entries.forEach(([name, tag = Buffer.alloc(0)], index) => {
    if (!stored.has(tag)) {
      stored.set(tag, at)
      at += padded(tag).length
    }
    table.write(name, 4 + 12 * index, 'latin1')
    table.writeUInt32BE(stored.get(tag) ?? 0, 8 + 12 * index)
    table.writeUInt32BE(tag.length, 12 + 12 * index)
  })
  const header = Buffer.alloc(128)
  header.writeUInt32BE(at, 0)
  // in a profile of version 4, lcms would darken the table's shadows by black-point compensation; in version 2 it does
  // not, and reads the type `mAB ` as well
  header.writeUInt32BE(space === 'CMYK' ? 0x02400000 : 0x04300000, 8)
  header.write(`${kind}${space}XYZ `, 12, 'latin1')
  // any valid date
  for (const [index, value] of [2026, 1, 1].entries()) header.writeUInt16BE(value, 24 + 2 * index)
  header.write('acsp', 36, 'latin1')
  header.set(fixed(d50), 68)
  return Buffer.concat([header, table, ...[...stored.keys()].map(padded)])
}

/** Type `mluc` (ICC.1:2022, section 10.15) with one text. */
function description(space: string): Buffer {
  const text = Buffer.from(`Darkroom ${space.trim()}`, 'utf16le').swap16()
  const record = Buffer.alloc(20)
  record.writeUInt32BE(1, 0)
  record.writeUInt32BE(12, 4)
  record.write('enUS', 8, 'latin1')
  record.writeUInt32BE(text.length, 12)
  record.writeUInt32BE(28, 16)
  return typed('mluc', record, text)
}

/** Four areas of one colour each: red and green above, blue and yellow below. */
export const corners = [
  [220, 40, 40],
  [40, 200, 60],
  [40, 60, 220],
  [230, 210, 40],
] as const

/** The colour at a point of the four areas. */
export function cornerAt(
  x: number,
  y: number,
  width: number,
  height: number,
): readonly [number, number, number] {
  return corners[(x < width / 2 ? 0 : 1) + (y < height / 2 ? 0 : 2)]!
}

const word = (value: number) => [value & 255, (value >> 8) & 255]
const long = (value: number) => [...word(value), ...word(value >> 16)]

export interface BitmapOptions {
  readonly width: number
  /** Negative for top-down rows. */
  readonly height: number
  readonly bits: number
  /** The samples as stored: rows or run-length codes. */
  readonly samples: readonly number[]
  readonly compression?: number
  /** Four bytes per entry: blue, green, red and an unused one. */
  readonly palette?: readonly number[]
  readonly masks?: readonly number[]
  /** Size of the header in bytes: 12 for OS/2, 40 or 124. */
  readonly size?: number
  /** Whether to omit the file header, as in an icon. */
  readonly bare?: boolean
}

/** Writes a BMP of any kind, without validation. */
export function bitmap(options: BitmapOptions): Buffer {
  const { width, height, bits, samples, compression = 0, palette = [], masks = [], size = 40 } = options
  const short = [...long(12), ...word(width), ...word(height), ...word(1), ...word(bits)]
  const fields = [...long(width), ...long(height), ...word(1), ...word(bits), ...long(compression)]
  const colors = [
    ...long(samples.length),
    ...long(2835),
    ...long(2835),
    ...long(palette.length / 4),
    ...long(0),
  ]
  const more = [...masks.flatMap(long), ...Array(Math.max(0, size - 40 - masks.length * 4)).fill(0)]
  const header = size === 12 ? short : [...long(size), ...fields, ...colors, ...more]
  const body = [...header, ...palette]
  const at = 14 + body.length
  const file = options.bare ? [] : [0x42, 0x4d, ...long(at + samples.length), ...long(0), ...long(at)]
  return Buffer.from([...file, ...body, ...samples])
}

/** Rows of samples, bottom-up, each padded to 32 bits. */
export function rows(
  width: number,
  height: number,
  pixel: (x: number, y: number) => readonly number[],
): number[] {
  return Array.from({ length: height }, (_, row) => {
    const bytes = Array.from({ length: width }, (_, x) => pixel(x, height - 1 - row)).flat()
    return [...bytes, ...Array((4 - (bytes.length % 4)) % 4).fill(0)]
  }).flat()
}

/** The four areas as a 24-bit BMP. */
export function cornersBitmap(width: number, height: number): Buffer {
  const samples = rows(width, height, (x, y) => cornerAt(x, y, width, height).toReversed())
  return bitmap({ width, height, bits: 24, samples })
}

/** An icon with these images, each of them a PNG or a bare bitmap. */
export function icon(entries: readonly { data: Buffer; side: number }[]): Buffer {
  let at = 6 + 16 * entries.length
  const directory = entries.map(({ data, side }) => {
    const entry = [side & 255, side & 255, 0, 0, ...word(1), ...word(32), ...long(data.length), ...long(at)]
    at += data.length
    return Buffer.from(entry)
  })
  const head = Buffer.from([0, 0, 1, 0, ...word(entries.length)])
  return Buffer.concat([head, ...directory, ...entries.map(({ data }) => data)])
}

/** A PDF with these pages: sizes in points, and drawing operators. */
export function pdf(pages: readonly { size: readonly [number, number]; draw: string }[]): Buffer {
  const kids = pages.map((_, index) => `${3 + 2 * index} 0 R`).join(' ')
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Count ${pages.length}/Kids[${kids}]>>`,
    ...pages.flatMap(({ size, draw }, index) => [
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 ${size.join(' ')}]/Contents ${4 + 2 * index} 0 R>>`,
      `<</Length ${draw.length}>>stream\n${draw}\nendstream`,
    ]),
  ]
  let text = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = text.length
    text += `${index + 1} 0 obj${object}endobj\n`
    return `${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const count = objects.length + 1
  const table = `xref\n0 ${count}\n0000000000 65535 f \n${offsets.join('')}`
  return Buffer.from(
    `${text}${table}trailer<</Size ${count}/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`,
  )
}

/**
 * The four areas as a HEIC of 64x48 in Display P3. No installed package encodes HEVC, so it was drawn with `cornerAt`
 * and encoded once with libheif's heif-enc (x265, quality 40).
 */
export const cornersHeic = Buffer.from(
  'AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAA5ptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA' +
    'AA5waXRtAAAAAAACAAAAEGlkYXQAAAAAAEAAMAAAADhpbG9jAQAAAERAAAIAAQAAAAAAAAO+AAEAAAAAAAAAXgACAAEAAAAAAAAA' +
    'AQAAAAAAAAAIAAAAOGlpbmYAAAAAAAIAAAAVaW5mZQIAAAEAAQAAaHZjMQAAAAAVaW5mZQIAAAAAAgAAZ3JpZAAAAALFaXBycAAA' +
    'AqJpcGNvAAAAdmh2Y0MBA3AAAAAAAAAAAAAe8AD8/fj4AAAPAyAAAQAYQAEMAf//A3AAAAMAkAAAAwAAAwAeugJAIQABACpCAQED' +
    'cAAAAwCQAAADAAADAB6gIIEFlurkprm4EBAwIAAAAwAgAAADACEiAAEABkQBwXPAiQAAABRpc3BlAAAAAAAAAEAAAABAAAAAFGlz' +
    'cGUAAAAAAAAAQAAAADAAAAHsY29scnByb2YAAAHgbGNtcwQgAABtbnRyUkdCIFhZWiAH4gADABQACQAOAB1hY3NwTVNGVAAAAABz' +
    'YXdzY3RybAAAAAAAAAAAAAAAAAAA9tYAAQAAAADTLWhhbmSC4qhyi4o/9yU+uZLuJNauAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
    'AAAAAAAAAApkZXNjAAAA/AAAACRjcHJ0AAABIAAAACJ3dHB0AAABRAAAABRjaGFkAAABWAAAACxyWFlaAAABhAAAABRnWFlaAAAB' +
    'mAAAABRiWFlaAAABrAAAABRyVFJDAAABwAAAACBnVFJDAAABwAAAACBiVFJDAAABwAAAACBtbHVjAAAAAAAAAAEAAAAMZW5VUwAA' +
    'AAgAAAAcAHMAUAAzAENtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAYAAAAcAEMAQwAwAABYWVogAAAAAAAA9tYAAQAAAADTLXNmMzIA' +
    'AAAAAAEMQgAABd7///MlAAAHkwAA/ZD///uh///+TgAAA5oAAMAUWFlaIAAAAAAAAIPfAAA9vwAAAABYWVogAAAAAAAASr8AALE3' +
    'AAAKtVhZWiAAAAAAAAAoOAAAEQoAAMh4cGFyYQAAAAAAAwAAAAJmaQAA8qcAAA1ZAAAT0AAAClsAAAAQcGl4aQAAAAADCAgIAAAA' +
    'G2lwbWEAAAAAAAAAAgABAoECAAIDA4SFAAAAGmlyZWYAAAAAAAAADmRpbWcAAgABAAEAAABmbWRhdAAAAFooAa9Y+RLd/6uv/XpI' +
    'ZOlLxzDU/svC31J9VWtqZT4qeYn/3238CWhG07XRHWHnEUNhSA3qEKB0cEPwo5sr+KD4IBXmR6HNGOPoj+YRpYBWgm1Q7cMR2Buh' +
    'xy4=',
  'base64',
)

import { type BitmapOptions, bitmap, rows } from '../../test/support/foreign-files.ts'
import t from '../../test/support/tap.ts'
import { decodeBmp } from './bmp.ts'
import type { DecodedPage } from './decoded-page.ts'
import { decodeIco } from './ico.ts'

const request = { page: 1, maxPixels: 10_000 }

/** The upper row is red, green, blue and then white, from left to right. The lower row is black. */
const colors = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
  [0, 0, 0],
] as const
/** Blue, green, red and an unused byte per entry. */
const palette = colors.flatMap(([red, green, blue]) => [blue, green, red, 0])
const colorAt = (x: number, y: number) => colors[y === 0 ? Math.min(x, 3) : 4]!
const indexAt = (x: number, y: number) => (y === 0 ? Math.min(x, 3) : 4)
const upper = colors.slice(0, 4).flat()
const wanted = [...upper, 255, 255, 255, ...Array(15).fill(0)]

/** RGB or RGBA of a 5x2 page. */
function pixels({ content }: DecodedPage): number[] {
  if ('file' in content) throw new Error('expected pixels, got an embedded file')
  t.strictSame([content.width, content.height], [5, 2])
  return [...content.data]
}

const base = { width: 5, height: 2 }
const eight = rows(5, 2, (x, y) => [indexAt(x, y)])
const four = rows(3, 2, (x, y) => [(indexAt(2 * x, y) << 4) | indexAt(2 * x + 1, y)])
const masked = (pixel: (x: number, y: number) => number, bytes: number) =>
  rows(5, 2, (x, y) => Array.from({ length: bytes }, (_, index) => (pixel(x, y) >>> (8 * index)) & 255))
const packed = (bits: readonly number[]) => (x: number, y: number) => {
  const [red, green, blue] = colorAt(x, y).map((value, index) => value >> (8 - bits[index]!))
  return (red! << (bits[1]! + bits[2]!)) | (green! << bits[2]!) | blue!
}

const kinds: Record<string, Omit<BitmapOptions, 'width' | 'height'> & { height?: number }> = {
  '4 bits': { bits: 4, palette, samples: four },
  '8 bits': { bits: 8, palette, samples: eight },
  '8 bits of OS/2': {
    bits: 8,
    size: 12,
    palette: colors.flatMap(([red, green, blue]) => [blue, green, red]),
    samples: eight,
  },
  '8 bits, top down': { bits: 8, palette, height: -2, samples: [...eight.slice(8), ...eight.slice(0, 8)] },
  '16 bits': { bits: 16, samples: masked(packed([5, 5, 5]), 2) },
  '16 bits, 5-6-5': {
    bits: 16,
    compression: 3,
    masks: [0xf800, 0x7e0, 0x1f],
    samples: masked(packed([5, 6, 5]), 2),
  },
  '24 bits': { bits: 24, samples: rows(5, 2, (x, y) => colorAt(x, y).toReversed()) },
  '32 bits': { bits: 32, samples: masked(packed([8, 8, 8]), 4) },
  '32 bits, alpha that is all 0': {
    bits: 32,
    compression: 3,
    size: 124,
    masks: [0xff0000, 0xff00, 0xff, 0xff000000],
    samples: masked(packed([8, 8, 8]), 4),
  },
  'runs of 8 bits': {
    bits: 8,
    palette,
    compression: 1,
    samples: [5, 4, 0, 0, 0, 3, 0, 1, 2, 0, 2, 3, 0, 1],
  },
  'runs of 4 bits': {
    bits: 4,
    palette,
    compression: 2,
    samples: [5, 0x44, 0, 0, 0, 3, 0x01, 0x20, 2, 0x33, 0, 1],
  },
}

t.test('every kind of bitmap decodes to the same pixels', async t => {
  for (const [name, options] of Object.entries(kinds))
    t.strictSame(pixels(decodeBmp(bitmap({ ...base, ...options }), request)), wanted, name)
})

t.test('1-bit bitmaps are decoded, and alpha is read if the header declares it', async t => {
  const one = bitmap({
    ...base,
    bits: 1,
    palette: [0, 0, 255, 0, 255, 0, 0, 0],
    samples: [0b10100000, 0, 0, 0, 0, 0, 0, 0],
  })
  t.strictSame(pixels(decodeBmp(one, request)).slice(15, 24), [0, 0, 255, 255, 0, 0, 0, 0, 255])
  const masks = [0xff0000, 0xff00, 0xff, 0xff000000]
  const samples = masked((x, y) => packed([8, 8, 8])(x, y) | (x << 24), 4)
  const withAlpha = pixels(
    decodeBmp(bitmap({ ...base, bits: 32, compression: 3, size: 124, masks, samples }), request),
  )
  t.strictSame(withAlpha.slice(0, 8), [255, 0, 0, 0, 0, 255, 0, 1])
})

t.test('pixels that the mask of an icon marks are transparent', async t => {
  const samples = [...eight, ...rows(1, 2, (_, y) => [y === 0 ? 0b01000000 : 0])]
  const data = bitmap({ width: 5, height: 4, bits: 8, palette, samples, bare: true })
  const file = Buffer.concat([
    Buffer.from([0, 0, 1, 0, 1, 0, 5, 2, 0, 0, 1, 0, 8, 0]),
    Buffer.from([data.length, 0, 0, 0, 22, 0, 0, 0]),
    data,
  ])
  t.strictSame(pixels(decodeIco(file, request)).slice(0, 12), [255, 0, 0, 255, 0, 255, 0, 0, 0, 0, 255, 255])
})

t.test('damaged bitmaps are rejected without reading beyond the file', async t => {
  const whole = bitmap({ ...base, ...kinds['24 bits']! })
  for (let length = 2; length < whole.length - 1; length++)
    t.throws(() => decodeBmp(whole.subarray(0, length), request), `${length} bytes`)
  const refused = (file: Buffer, code: string, name: string) =>
    t.throws(() => decodeBmp(file, request), { code }, name)
  const headerOnly = { bits: 24, samples: [] }
  refused(bitmap({ ...headerOnly, width: 30_000, height: 30_000 }), 'too-many-pixels', 'too large')
  refused(bitmap({ ...headerOnly, width: -5, height: 2 }), 'undecodable', 'a negative width')
  refused(bitmap({ ...base, bits: 7, samples: [] }), 'undecodable', '7 bits')
  refused(
    bitmap({ ...base, bits: 8, compression: 1, palette, samples: [5, 4, 0, 0, 3] }),
    'undecodable',
    'cut runs',
  )
})

import sharp from 'sharp'
import t from '../../test/support/tap.ts'
import { checkTiffCoding } from './tiff-coding.ts'
import { isTiff } from './tiff-directories.ts'

/** A TIFF whose directory has these tags, each with one or more short values. */
function tiffWith(fields: Readonly<Record<number, readonly number[]>>, bigEndian = false): Buffer {
  const number = (value: number, length: 2 | 4) => {
    const bytes = Buffer.alloc(length)
    if (bigEndian) bytes.writeUIntBE(value, 0, length)
    else bytes.writeUIntLE(value, 0, length)
    return bytes
  }
  const short = (value: number) => number(value, 2)
  const long = (value: number) => number(value, 4)
  const entries = Object.entries(fields)
  let end = 10 + 12 * entries.length
  const directory: Buffer[] = []
  const values: Buffer[] = []
  for (const [tag, numbers] of entries) {
    const bytes = Buffer.concat(numbers.map(short))
    const isInline = bytes.length <= 4
    const field = isInline ? Buffer.concat([bytes, Buffer.alloc(4)]).subarray(0, 4) : long(end)
    directory.push(short(Number(tag)), short(3), long(numbers.length), field)
    if (isInline) continue
    values.push(bytes)
    end += bytes.length
  }
  const mark = Buffer.from(bigEndian ? 'MM' : 'II', 'latin1')
  return Buffer.concat([mark, short(42), long(8), short(entries.length), ...directory, ...values])
}

t.test(
  'a TIFF that libvips would decode wrongly is refused with the reason, any other is accepted',
  async t => {
    const refused: [reason: string, fields: Record<number, number[]>][] = [
      ['old-style JPEG compression', { 258: [8, 8, 8], 259: [6], 262: [6] }],
      ['signed samples', { 258: [8], 259: [1], 262: [1], 339: [2] }],
      ['signed samples', { 258: [16, 16, 16], 262: [2], 339: [2, 2, 2] }],
      ['samples of 32 bits', { 258: [32], 262: [1] }],
      ['YCbCr without subsampling', { 258: [8, 8, 8], 259: [5], 262: [6], 530: [1, 1] }],
    ]
    for (const [reason, fields] of refused) {
      for (const bigEndian of [false, true]) {
        const file = tiffWith(fields, bigEndian)
        t.ok(isTiff(file))
        t.throws(() => checkTiffCoding(file), {
          code: 'undecodable',
          message: new RegExp(`TIFF with ${reason}`),
        })
      }
    }
    const rgb = sharp({ create: { width: 9, height: 9, channels: 3, background: 'teal' } })
    for (const compression of ['none', 'lzw', 'jpeg', 'deflate'] as const)
      checkTiffCoding(await rgb.clone().tiff({ compression }).toBuffer())
    checkTiffCoding(tiffWith({ 258: [8, 8, 8], 262: [6], 530: [2, 2] }))
    const whole = tiffWith({ 258: [8, 8, 8], 339: [2, 2, 2] })
    for (let length = 0; length < 40; length += 3) checkTiffCoding(whole.subarray(0, length))
  },
)

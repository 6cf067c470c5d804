import { cornersHeic } from '../../test/support/foreign-files.ts'
import t from '../../test/support/tap.ts'
import { readHeicProperties } from './heic-properties.ts'

const uint32 = (value: number) =>
  Buffer.from([value >>> 24, value >> 16, value >> 8, value].map(byte => byte & 255))
const box = (type: string, ...parts: Buffer[]) => {
  const content = Buffer.concat(parts)
  return Buffer.concat([uint32(content.length + 8), Buffer.from(type, 'latin1'), content])
}
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** EXIF with an orientation of 6 and nothing else. */
const tiff = bytes('4d4d 002a 00000008 0001 0112 0003 00000001 00060000 00000000')

/** A HEIF file with this EXIF and no image. */
function withExif(exif: Buffer): Buffer {
  const item = Buffer.concat([bytes('00000006'), Buffer.from('Exif\0\0', 'latin1'), exif])
  const make = (offset: number) => {
    const entry = box('infe', bytes('02000000 0007 0000'), Buffer.from('Exif\0', 'latin1'))
    const items = box('iinf', bytes('00000000 0001'), entry)
    const locations = box(
      'iloc',
      bytes('00000000 44 00 0001 0007 0000 0001'),
      uint32(offset),
      uint32(item.length),
    )
    return Buffer.concat([
      box('ftyp', bytes('68656963 00000000')),
      box('meta', bytes('00000000'), items, locations),
    ])
  }
  const itemOffset = make(0).length + 8
  return Buffer.concat([make(itemOffset), box('mdat', item)])
}

t.test('HEIC EXIF is returned with orientation 1, because the decoder applies the rotation', async t => {
  const { exif } = readHeicProperties(withExif(tiff))
  t.strictSame(exif?.length, tiff.length)
  t.equal(exif?.readUInt16BE(18), 1, 'orientation 6 is reset to 1')
  t.equal(readHeicProperties(withExif(Buffer.from('not EXIF'))).exif, undefined)
})

t.test('the ICC profile is found, and damaged boxes are ignored', async t => {
  t.equal(readHeicProperties(cornersHeic).icc?.toString('latin1', 36, 40), 'acsp')
  for (const file of [withExif(tiff), cornersHeic]) {
    for (let length = 0; length < file.length; length += 3)
      t.ok(readHeicProperties(file.subarray(0, length)), `${length} bytes`)
    for (let at = 8; at < 200; at++) {
      const damaged = Buffer.from(file)
      damaged[at] = 255
      t.ok(readHeicProperties(damaged), `byte ${at}`)
    }
  }
})

import sharp from 'sharp'
import type { OutputFormat } from '../../plan/formats.ts'
import t from '../../test/support/tap.ts'
import { render } from '../rendering.test.data.ts'

const flat = (background: string) => sharp({ create: { width: 64, height: 48, channels: 3, background } })

/** EXIF with an artist, and a thumbnail in its second directory. */
function exifWith(thumbnail: Buffer): Buffer {
  const second = 8 + 2 + 12 + 4
  const data = second + 2 + 36 + 4
  const tiff = Buffer.alloc(data)
  const entry = (at: number, ...[tag, type, count, value]: [number, number, number, number]) => {
    tiff.writeUInt16LE(tag, at)
    tiff.writeUInt16LE(type, at + 2)
    tiff.writeUInt32LE(count, at + 4)
    tiff.writeUInt32LE(value, at + 8)
  }
  tiff.write('II*\0\x08\0\0\0\x01\0', 'latin1')
  entry(10, 0x13b, 2, 3, Buffer.from('Me\0\0').readUInt32LE())
  tiff.writeUInt32LE(second, 22)
  tiff.writeUInt16LE(3, second)
  entry(second + 2, 0x103, 3, 1, 6)
  entry(second + 14, 0x201, 4, 1, data)
  entry(second + 26, 0x202, 4, 1, thumbnail.length)
  return Buffer.concat([tiff, thumbnail])
}

const app1 = (...parts: Buffer[]) => {
  const body = Buffer.concat(parts)
  const head = Buffer.from([0xff, 0xe1, 0, 0])
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, body])
}

t.test('meta-keep drops the thumbnails inside EXIF and XMP', async t => {
  const thumbnail = await flat('#f0f').jpeg().toBuffer()
  const base64 = thumbnail.toString('base64')
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmpGImg="http://ns.adobe.com/xap/1.0/g/img/" dc:title="kept"><xmpGImg:image>${base64}</xmpGImg:image></rdf:Description></rdf:RDF></x:xmpmeta>`
  const plain = await flat('red').jpeg().toBuffer()
  const original = Buffer.concat([
    plain.subarray(0, 2),
    app1(Buffer.from('Exif\0\0'), exifWith(thumbnail)),
    app1(Buffer.from('http://ns.adobe.com/xap/1.0/\0'), Buffer.from(xmp)),
    plain.subarray(2),
  ])
  const secret = thumbnail.subarray(-200)
  t.ok(original.includes(secret) && original.includes(base64), 'the original has thumbnails')
  for (const format of ['jpg', 'webp', 'png', 'avif', 'tiff'] as OutputFormat[]) {
    const { data } = await render(original, 'crop_w-20_encode_meta-keep', format)
    t.notOk(data.includes(secret), `${format}: EXIF`)
    t.notOk(data.includes(base64.slice(100, 200)), `${format}: XMP`)
    const { exif, xmp } = await sharp(data, { failOn: 'warning' }).metadata()
    t.match(xmp?.toString(), 'kept', `${format}: other XMP is kept`)
    if (format !== 'tiff') t.match(exif?.toString('latin1'), 'Me', `${format}: other EXIF is kept`)
    await t.resolves(sharp(data, { failOn: 'warning' }).raw().toBuffer())
  }
})

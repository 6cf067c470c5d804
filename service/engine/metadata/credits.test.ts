import sharp from 'sharp'
import t from '../../test/support/tap.ts'
import { drawTestImage, render } from '../rendering.test.data.ts'
import { creditsXmp, readCredits } from './credits.ts'

const rdf = (body: string) =>
  Buffer.from(
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">${body}</rdf:Description></rdf:RDF></x:xmpmeta>`,
  )
const rights = (text: string) =>
  rdf(`<dc:rights>\n <rdf:Alt><rdf:li xml:lang="x-default">${text}</rdf:li></rdf:Alt></dc:rights>
    <dc:creator><rdf:Seq><rdf:li>Dorothea &amp; Co</rdf:li></rdf:Seq></dc:creator>`)

const dataset = (number: number, text: Buffer) =>
  Buffer.concat([Buffer.from([0x1c, 2, number, text.length >> 8, text.length & 255]), text])
const iptc = Buffer.concat([
  Buffer.from('Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\0', 'latin1'),
  dataset(0, Buffer.from([0, 4])),
  dataset(80, Buffer.from('Jos\xe9', 'latin1')),
  dataset(116, Buffer.from('© José', 'utf8')),
])

t.test('credits are read from EXIF, XMP or IPTC, in that order', async t => {
  const image = drawTestImage(20, 20).withExif({ IFD0: { Copyright: 'Ansel Adams' } })
  const { exif } = await sharp(await image.jpeg().toBuffer()).metadata()
  t.strictSame(readCredits({}), {})
  t.strictSame(readCredits({ iptc }), { copyright: '© José', artist: 'José' })
  t.strictSame(readCredits({ iptc, xmp: rights('ours') }), { copyright: 'ours', artist: 'Dorothea & Co' })
  t.strictSame(readCredits({ exif, xmp: rights('ours') }), {
    copyright: 'Ansel Adams',
    artist: 'Dorothea & Co',
  })
})

t.test('hostile or damaged credits are ignored, cut or cleaned', async t => {
  t.strictSame(readCredits({ exif: Buffer.from('Exif\0\0MM nonsense') }), {})
  for (let length = 0; length < iptc.length; length++)
    t.doesNotThrow(() => readCredits({ iptc: iptc.subarray(0, length) }))
  t.equal(readCredits({ xmp: rights('a'.repeat(9_000)) }).copyright?.length, 500)
  t.equal(readCredits({ xmp: rights('a\0b\u001bc') }).copyright, 'a b c')
  const before = process.cpuUsage()
  readCredits({ xmp: Buffer.from(`<dc:rights>${' '.repeat(200_000)}`.repeat(3)) })
  readCredits({ xmp: Buffer.from('<dc:rights><rdf:Alt><rdf:li '.repeat(20_000)) })
  t.ok(process.cpuUsage(before).user < 500_000, 'in linear time')
})

t.test('meta-copyright keeps the XMP credits and no other XMP', async t => {
  const file = await drawTestImage(40, 30)
    .withXmp(
      rights('© José')
        .toString()
        .replace('</rdf:Description>', '<dc:place>secret</dc:place></rdf:Description>'),
    )
    .jpeg()
    .toBuffer()
  const { data } = await render(file, 'resize_w-20_encode_meta-copyright', 'jpg')
  const { exif, xmp } = await sharp(data).metadata()
  t.strictSame(readCredits({ xmp }), { copyright: '© José', artist: 'Dorothea & Co' })
  t.strictSame(readCredits({ exif }), { copyright: '(C) Jose', artist: 'Dorothea & Co' }, 'EXIF is ASCII')
  t.notOk(data.includes('secret'))
})

t.test('credits are escaped when written as XMP', async t => {
  const credits = { copyright: `</rdf:li> "ours" <script>&amp;`, artist: `O'Sullivan 東京` }
  t.strictSame(readCredits({ xmp: Buffer.from(creditsXmp(credits)) }), credits)
  t.notMatch(creditsXmp(credits), '<script>')
  t.notMatch(creditsXmp({ artist: 'A' }), 'dc:rights')
})

/** EXIF with a copyright notice in these bytes. */
function exifWith(copyright: Buffer): Buffer {
  const head = Buffer.from(
    '4578696600004d4d002a0000000800018298000200000000000000 1a00000000'.replace(' ', ''),
    'hex',
  )
  head.writeUInt32BE(copyright.length, 20)
  return Buffer.concat([head, copyright])
}

/** Inserts an APP segment after the start of a JPEG. */
function withSegment(jpeg: Buffer, code: number, body: Buffer): Buffer {
  const head = Buffer.from([0xff, code, (body.length + 2) >> 8, (body.length + 2) & 255])
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)])
}

t.test('meta-copyright keeps EXIF credits in UTF-8 and Latin-1', async t => {
  const plain = await drawTestImage(40, 30).jpeg().toBuffer()
  for (const encoding of ['utf8', 'latin1'] as const) {
    const exif = exifWith(Buffer.from('© Jürgen Müller\0', encoding))
    t.strictSame(readCredits({ exif }), { copyright: '© Jürgen Müller' }, encoding)
    const file = withSegment(plain, 0xe1, exif)
    const { data } = await render(file, 'resize_w-20_encode_meta-copyright', 'jpg')
    const { xmp } = await sharp(data).metadata()
    t.strictSame(readCredits({ xmp }), { copyright: '© Jürgen Müller' }, encoding)
  }
  const long = exifWith(Buffer.from(`a${'é'.repeat(3_000)}`))
  t.equal(
    readCredits({ exif: long }).copyright,
    `a${'é'.repeat(499)}`,
    'truncated UTF-8 is not read as Latin-1',
  )
})

t.test('meta-keep keeps credits that only IPTC has', async t => {
  const file = withSegment(await drawTestImage(40, 30).jpeg().toBuffer(), 0xed, iptc)
  for (const format of ['jpg', 'webp', 'png'] as const) {
    const { data } = await render(file, 'resize_w-20_encode_meta-keep', format)
    const { exif, xmp } = await sharp(data).metadata()
    t.strictSame(readCredits({ xmp }), { copyright: '© José', artist: 'José' }, format)
    t.ok(readCredits({ exif }).copyright, format)
  }
  const described = await drawTestImage(40, 30)
    .withXmp(rdf('<dc:place>here</dc:place>').toString())
    .jpeg()
    .toBuffer()
  const { data } = await render(withSegment(described, 0xed, iptc), 'encode_meta-keep', 'jpg')
  const { exif, xmp } = await sharp(data).metadata()
  t.match(xmp?.toString(), 'here', 'an XMP packet is kept as it is')
  t.ok(readCredits({ exif }).copyright)
})

t.test('PNG and TIFF keep the resolution of the original and never declare 25.4 DPI', async t => {
  const printed = await drawTestImage(40, 30).withDensity(300).jpeg().toBuffer()
  const plain = await drawTestImage(40, 30).png().toBuffer()
  for (const steps of ['resize_w-20_encode_meta-keep', 'blur_s-2_resize_w-20_sharpen_encode_meta-keep']) {
    for (const format of ['png', 'tiff', 'jpg'] as const) {
      const { data } = await render(printed, steps, format)
      t.equal((await sharp(data).metadata()).density, 300, `${format} ${steps}`)
    }
  }
  t.notOk((await render(plain, 'resize_w-20', 'png')).data.includes('pHYs'))
  t.equal((await sharp((await render(plain, 'resize_w-20', 'tiff')).data).metadata()).density, 72)
})

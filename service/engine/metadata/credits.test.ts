import sharp from 'sharp'
import t from 'tap'
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
  const started = performance.now()
  readCredits({ xmp: Buffer.from(`<dc:rights>${' '.repeat(200_000)}`.repeat(3)) })
  readCredits({ xmp: Buffer.from('<dc:rights><rdf:Alt><rdf:li '.repeat(20_000)) })
  t.ok(performance.now() - started < 500, 'in linear time')
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

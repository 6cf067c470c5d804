import sharp from 'sharp'
import type { OutputFormat } from '../../../plan/formats.ts'
import t from '../../../test/support/tap.ts'
import { difference, drawTestImage } from '../../rendering.test.data.ts'
import { reuseEncodedPixels } from './encoded-pixels.ts'

const size = { width: 90, height: 60 }
const secret = 'a secret place'
const exif = {
  IFD0: { Copyright: 'Ansel Adams', ImageDescription: secret },
  IFD3: { GPSLatitude: '51/1 30/1 0/1' },
}
const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="${secret}"/></rdf:RDF></x:xmpmeta>`
const formats = { jpg: 'jpeg', png: 'png', webp: 'webp' } as const

const withMetadata = (format: 'jpeg' | 'png' | 'webp', channels: 3 | 4 = 3) =>
  drawTestImage(size.width, size.height, channels)
    .withExif(exif)
    .withXmp(xmp)
    .withIccProfile('p3')
    .toFormat(format)

/** Inserts parts into a file at a position. */
const insert = (file: Buffer, at: number, ...parts: Buffer[]) =>
  Buffer.concat([file.subarray(0, at), ...parts, file.subarray(at)])
const segment = (code: number, body: string) => {
  const head = Buffer.from([0xff, code, 0, 0])
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, Buffer.from(body, 'latin1')])
}

t.test('coded pixels are kept bit for bit, without their metadata', async t => {
  for (const [format, name] of Object.entries(formats) as [OutputFormat, 'jpeg' | 'png' | 'webp'][]) {
    for (const channels of [3, 4] as const) {
      const original = await withMetadata(name, channels).toBuffer()
      t.ok(original.includes(secret), `${format}: the original has metadata`)
      const plain = await drawTestImage(size.width, size.height, channels).toFormat(name).toBuffer()
      const bare = reuseEncodedPixels(original, plain, format, size)!
      t.notOk(bare.includes(secret) || bare.includes('Ansel'), `${format}: no metadata is left`)
      const { exif, xmp, icc, ...rest } = await sharp(bare).metadata()
      t.strictSame({ exif, xmp, icc }, { exif: undefined, xmp: undefined, icc: undefined })
      t.match(rest, { ...size, format: name, hasAlpha: channels === 4 && name !== 'jpeg' })
      const raw = (file: Buffer) => sharp(file, { ignoreIcc: true }).raw().toBuffer()
      t.ok((await raw(bare)).equals(await raw(original)), `${format}: the same pixels`)

      const full = reuseEncodedPixels(plain, original, format, size)!
      const kept = await sharp(full).metadata()
      t.match(kept.exif?.toString('latin1'), secret, `${format}: the derivative's metadata is kept`)
      t.match(kept.xmp?.toString(), secret)
      t.ok(kept.icc)
      t.ok((await raw(full)).equals(await raw(plain)))
    }
  }
})

t.test('JPEG: comments, thumbnails, trailing data and segments between scans are dropped', async t => {
  const image = drawTestImage(size.width, size.height)
  const plain = await image.clone().jpeg().toBuffer()
  const progressive = await image.clone().jpeg({ progressive: true }).toBuffer()
  const second = progressive.indexOf(
    Buffer.from([0xff, 0xda]),
    progressive.indexOf(Buffer.from([0xff, 0xda])) + 2,
  )
  const hidingPlaces: [name: string, file: Buffer][] = [
    ['a comment', insert(plain, 2, segment(0xfe, secret))],
    ['APP3', insert(plain, 2, segment(0xe3, secret))],
    ['a JFIF thumbnail', insert(plain, 2, segment(0xe0, `JFIF\0${secret}`))],
    ['IPTC', insert(plain, 2, segment(0xed, `Photoshop 3.0\0${secret}`))],
    ['an Adobe segment', insert(plain, 2, segment(0xee, `Adobe\0d\0\0\0\0\x01${secret}`))],
    ['after the end', Buffer.concat([plain, Buffer.from(secret)])],
    ['another image after the end', Buffer.concat([plain, await withMetadata('jpeg').toBuffer()])],
    ['between scans', insert(progressive, second, segment(0xe1, `Exif\0\0${secret}`))],
    ['after fill bytes', insert(plain, 2, Buffer.from([0xff, 0xff]), segment(0xe1, secret))],
  ]
  for (const [name, file] of hidingPlaces) {
    const bare = reuseEncodedPixels(file, plain, 'jpg', size)!
    t.notOk(bare.includes(secret), name)
    t.equal((await difference(bare, plain)).mean, 0, `${name}: the image is the same`)
  }
  const rgb = await image.clone().jpeg().toBuffer()
  const adobe = segment(0xee, 'Adobe\0d\0\0\0\0\0')
  const claimed = insert(rgb, 2, adobe)
  t.ok(reuseEncodedPixels(claimed, plain, 'jpg', size)!.includes('Adobe'), 'the colour transform is kept')
})

t.test('PNG: text, time and private chunks and trailing data are dropped', async t => {
  const plain = await drawTestImage(size.width, size.height).png().toBuffer()
  const chunk = (type: string) => {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(secret.length)
    return Buffer.concat([head, Buffer.from(type + secret, 'latin1'), Buffer.alloc(4)])
  }
  for (const type of ['tEXt', 'tIME', 'eXIf', 'prVt', 'gAMA']) {
    const bare = reuseEncodedPixels(insert(plain, 33, chunk(type)), plain, 'png', size)!
    t.notOk(bare.includes(secret), type)
  }
  t.notOk(
    reuseEncodedPixels(Buffer.concat([plain, Buffer.from(secret)]), plain, 'png', size)!.includes(secret),
  )
  for (const type of ['acTL', 'cICP', 'PRVT'])
    t.equal(
      reuseEncodedPixels(insert(plain, 33, chunk(type)), plain, 'png', size),
      undefined,
      `${type} cannot be dropped`,
    )
  const palette = await drawTestImage(size.width, size.height, 4)
    .png({ palette: true, colours: 16 })
    .toBuffer()
  t.equal(
    (await difference(reuseEncodedPixels(palette, plain, 'png', size)!, palette)).mean,
    0,
    'a palette is kept',
  )
})

t.test('WebP: private chunks are dropped, lossless transparency is kept', async t => {
  const plain = await drawTestImage(size.width, size.height).webp().toBuffer()
  const extra = Buffer.from(`PRVT\x0e\0\0\0${secret}`, 'latin1')
  const file = Buffer.concat([plain, extra])
  file.writeUInt32LE(file.length - 8, 4)
  t.ok(reuseEncodedPixels(file, plain, 'webp', size)!.equals(plain))
  t.ok(
    reuseEncodedPixels(Buffer.concat([plain, Buffer.from(secret)]), plain, 'webp', size)!.equals(plain),
    'data after the end is dropped',
  )
  const clear = await drawTestImage(size.width, size.height, 4).webp({ lossless: true }).toBuffer()
  const full = reuseEncodedPixels(clear, await withMetadata('webp').toBuffer(), 'webp', size)!
  t.match(await sharp(full).metadata(), { hasAlpha: true, ...size })
})

t.test('GIF: frames, timing and loop count are kept, everything else is dropped', async t => {
  const frames = [3, 7].map(wave => drawTestImage(40, 30, 4, wave).png().toBuffer())
  const options = { join: { animated: true } }
  const plain = await sharp(await Promise.all(frames), options)
    .gif({ delay: [50, 70], loop: 4 })
    .toBuffer()
  const comment = Buffer.concat([Buffer.from([0x21, 0xfe, secret.length]), Buffer.from(`${secret}\0`)])
  const start = 13 + 3 * 2 ** ((plain[10]! & 7) + 1)
  const file = Buffer.concat([insert(plain, start, comment), Buffer.from(secret)])
  const bare = reuseEncodedPixels(file, plain, 'gif', size)!
  t.notOk(bare.includes(secret))
  t.ok(bare.length <= plain.length)
  t.match(await sharp(bare, { animated: true }).metadata(), { pages: 2, delay: [50, 70], loop: 4 })
  const raw = (gif: Buffer) => sharp(gif, { animated: true }).raw().toBuffer()
  t.ok((await raw(bare)).equals(await raw(plain)), 'the same pixels')
  for (let length = 0; length < plain.length; length += 13)
    t.equal(reuseEncodedPixels(plain.subarray(0, length), plain, 'gif', size), undefined, `${length} bytes`)
})

t.test('damaged or unsupported files are not used', async t => {
  for (const [format, name] of Object.entries(formats) as [OutputFormat, 'jpeg' | 'png' | 'webp'][]) {
    const whole = await drawTestImage(size.width, size.height).toFormat(name).toBuffer()
    for (let length = 0; length < whole.length; length += 7)
      t.equal(
        reuseEncodedPixels(whole.subarray(0, length), whole, format, size),
        undefined,
        `${format} of ${length} bytes`,
      )
    t.equal(reuseEncodedPixels(Buffer.from('hello'), whole, format, size), undefined)
  }
  const tiff = await drawTestImage(size.width, size.height).tiff().toBuffer()
  t.equal(reuseEncodedPixels(tiff, tiff, 'tiff', size), undefined)
  const jpeg = await drawTestImage(size.width, size.height).jpeg().toBuffer()
  const at = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  for (const [offset, value] of [
    [1, 0xc9],
    [4, 12],
  ] as const) {
    const unusual = Buffer.from(jpeg)
    unusual[at + offset] = value
    t.equal(reuseEncodedPixels(unusual, jpeg, 'jpg', size), undefined, 'arithmetic coding or 12 bits')
  }
})

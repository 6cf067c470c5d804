import sharp from 'sharp'
import { sign } from '../../client/sign.ts'
import { build } from '../support/build.ts'
import { animation, compare, disc, draw, photo } from '../support/pictures.ts'
import { send } from '../support/send.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'

const bench = await build(t)

/** Fetches a derivative and the note of its response. */
async function get(imageId: string, steps: string, format: string) {
  const path = `/processed/${bench.userId}/${imageId}${steps && `_${steps}`}.${format}`
  const response = await bench.get(await bench.sign(path))
  return { body: await bytesOf(response), note: response.headers.get('darkroom-note') ?? undefined }
}

/** A smooth image, which shows banding, and a busy one, which hides artefacts. */
const smooth = await draw(300, 200, (x, y) => [120 + x / 4, 90 + y / 2.5, 200 - x / 3])
  .png()
  .toBuffer()
const busy = await draw(300, 200, (x, y) => {
  const grain = ((Math.imul(x * 300 + y, 2_654_435_761) >>> 8) & 127) - 64
  return [120 + grain, 110 + grain, 100 + grain]
})
  .png()
  .toBuffer()

t.test('q-auto chooses the quality that an image needs', async t => {
  const images = [await bench.upload(smooth), await bench.upload(busy)]
  for (const format of ['jpg', 'webp', 'avif']) {
    for (const image of images) {
      const fixed = await get(image.id, '', format)
      const auto = await get(image.id, 'encode_q-auto', format)
      t.match(await sharp(auto.body).metadata(), { width: 300, height: 200 })
      const { mean } = await compare(auto.body, image === images[0] ? smooth : busy)
      t.ok(mean < 25, `${format}: it looks like the original, ${mean.toFixed(2)}`)
      t.comment(`${format}: ${fixed.body.length} bytes by default, ${auto.body.length} by q-auto`)
    }
  }
  const heavy = await get(images[1]!.id, '', 'jpg')
  const lighter = await get(images[1]!.id, 'encode_q-auto', 'jpg')
  t.ok(lighter.body.length < heavy.body.length, 'detail hides artefacts')
  const slow = await get(images[0]!.id, 'resize_w-120_encode_q-auto', 'jxl')
  t.ok(slow.body.length > 100, 'JPEG XL supports q-auto')
  const few = await bench.upload(
    await draw(300, 200, x => [x > 150 ? 200 : 20, 40, 90])
      .png()
      .toBuffer(),
  )
  const palette = await get(few.id, 'encode_q-auto', 'png')
  t.match(await sharp(palette.body).metadata(), { isPalette: true }, 'few colours fit a palette')
  const many = await get(images[0]!.id, 'encode_q-auto', 'png')
  t.equal((await compare(many.body, smooth)).mean, 0, 'a visibly different palette is not used')
})

t.test('maxbytes is met where possible, and otherwise noted', async t => {
  const image = await bench.upload(await photo(300, 200).png().toBuffer())
  for (const format of ['jpg', 'webp', 'avif', 'png', 'gif', 'tiff']) {
    const plain = await get(image.id, '', format)
    const budget = Math.round(plain.body.length * 0.6)
    for (const steps of [`encode_maxbytes-${budget}`, `encode_q-auto,maxbytes-${budget}`]) {
      const { body, note } = await get(image.id, steps, format)
      t.ok(body.length <= budget, `${format} ${steps}: ${body.length}`)
      t.equal(note, undefined)
      const coarse = format === 'gif' || format === 'png'
      t.ok(
        coarse || body.length > budget * 0.4,
        `${format} ${steps}: not much below the budget, ${body.length}`,
      )
    }
    const ample = await get(image.id, `encode_maxbytes-${plain.body.length}`, format)
    t.ok(ample.body.equals(plain.body), `${format}: a result within the budget is unchanged`)
    const tiny = await get(image.id, 'encode_maxbytes-100', format)
    t.ok(tiny.body.length < plain.body.length, `${format}: ${tiny.body.length}`)
    t.equal(tiny.note, 'over-budget', format)
    const again = await get(image.id, 'encode_maxbytes-100', format)
    t.equal(again.note, 'over-budget', 'from memory, too')
  }
})

t.test('lossless output stays lossless whatever maxbytes is', async t => {
  const source = await photo(200, 150).png().toBuffer()
  const image = await bench.upload(source)
  for (const format of ['png', 'webp', 'avif', 'tiff']) {
    const { body, note } = await get(image.id, 'encode_lossless-1,q-auto,maxbytes-500', format)
    t.equal((await compare(body, source)).mean, 0, format)
    t.equal(note, 'over-budget')
  }
  const lossless = await get(image.id, 'encode_lossless-1', 'webp')
  const near = await get(image.id, 'encode_near-20', 'webp')
  t.ok((await get(image.id, 'encode_near-0', 'webp')).body.length <= near.body.length)
  const all = await get(image.id, 'encode_near-100', 'webp')
  t.equal((await compare(all.body, source)).mean, 0, '100 changes nothing')
  const { mean, max } = await compare(near.body, source)
  t.ok(
    near.body.length < lossless.body.length && mean > 0 && max <= 32,
    `near lossless: ${mean}, at most ${max}`,
  )
})

t.test('animations meet maxbytes with fewer colours or lower quality', async t => {
  const image = await bench.upload(await animation(120))
  for (const format of ['gif', 'webp']) {
    const plain = await get(image.id, '', format)
    const budget = Math.round(plain.body.length * 0.7)
    const { body } = await get(image.id, `encode_q-auto,maxbytes-${budget}`, format)
    t.ok(body.length <= budget, `${format}: ${body.length} of ${budget}`)
    t.match(await sharp(body).metadata(), { pages: 3 })
  }
})

t.test(
  'a result in the original format and size is never larger than the original and has no metadata',
  async t => {
    const secret = 'a secret place'
    const exif = {
      IFD0: { Copyright: 'Ansel Adams', ImageDescription: secret },
      IFD3: { GPSLatitude: '51/1 30/1 0/1' },
    }
    const described = photo(500, 300).withExif(exif)
    const sources = {
      jpg: await described.clone().jpeg({ quality: 30, mozjpeg: true }).toBuffer(),
      webp: await described.clone().webp({ quality: 20, effort: 6 }).toBuffer(),
      png: await sharp(await disc(300).png().toBuffer())
        .withExif(exif)
        .png({ compressionLevel: 9, palette: true, colours: 8 })
        .toBuffer(),
    }
    for (const [format, source] of Object.entries(sources)) {
      const image = await bench.upload(source)
      for (const steps of ['', 'encode_q-95', 'encode_q-auto', 'encode_q-95,effort-1']) {
        const { body } = await get(image.id, steps, format)
        t.ok(body.length <= source.length, `${format} ${steps}: ${body.length} of ${source.length}`)
        t.notOk(body.includes(secret), 'and has no metadata')
        t.equal((await sharp(body).metadata()).exif, undefined)
        t.equal((await compare(body, source)).mean, 0, `${format} ${steps}: the original's own pixels`)
      }
      const kept = await get(image.id, 'encode_q-95,meta-keep', format)
      t.ok(kept.body.includes(secret), `${format}: metadata is kept on request`)
      const credit = await get(image.id, 'encode_q-95,meta-copyright', format)
      t.ok(
        credit.body.includes('Ansel Adams') && !credit.body.includes(secret),
        `${format}: only the copyright is kept`,
      )
      t.equal((await compare(credit.body, source)).mean, 0)
    }
    const image = await bench.upload(sources.jpg)
    const lower = await get(image.id, 'encode_q-5', 'jpg')
    t.ok((await compare(lower.body, sources.jpg)).mean > 1, 'a lower quality is applied')
    const resized = await get(image.id, 'flip_encode_q-95', 'jpg')
    t.ok((await compare(resized.body, sources.jpg)).mean > 5, 'a transformed image is encoded again')
    const rotated = await bench.upload(
      await sharp(sources.jpg).withMetadata({ orientation: 6 }).jpeg({ quality: 30 }).toBuffer(),
    )
    const upright = await get(rotated.id, 'encode_q-95', 'jpg')
    t.match(await sharp(upright.body).metadata(), { width: 300, height: 500 }, 'EXIF orientation is applied')
    const wide = await bench.upload(
      await photo(500, 300).withIccProfile('p3').jpeg({ quality: 30 }).toBuffer(),
    )
    const srgb = await get(wide.id, 'encode_q-95', 'jpg')
    t.ok(
      (await compare(srgb.body, sharp(await bytesOf(await bench.get(wide.rawUrl))))).mean < 3,
      'colours are converted',
    )
  },
)

t.test('an option out of range is rejected by name before the image is looked up', async t => {
  const rejected = [
    'q-0',
    'q-101',
    'q-best',
    'maxbytes-0',
    'maxbytes-1.5',
    'near-101',
    'near--1',
    'q-auto,q-80',
  ]
  for (const option of rejected) {
    const path = `/processed/${bench.userId}/nosuchimage_encode_${option}.jpg`
    const { id: keyId, secret } = bench.key
    const { status, body } = await send(bench.url, await sign(path, { keyId, secret }))
    t.equal(status, 400, option)
    t.match(body, option.split(',').at(-1), 'names the token')
  }
})

t.test('a note is kept after a restart', async t => {
  const image = await bench.upload(await photo(300, 200).png().toBuffer())
  const { note } = await get(image.id, 'encode_maxbytes-100', 'jpg')
  t.equal(note, 'over-budget')
  const second = await bench.restart()
  const url = await second.sign(`/processed/${bench.userId}/${image.id}_encode_maxbytes-100.jpg`)
  const stored = Object.fromEntries((await second.get(url)).headers)
  t.match(stored, { 'darkroom-cache': 'store', 'darkroom-note': 'over-budget' })
})

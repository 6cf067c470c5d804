import sharp from 'sharp'
import type { OutputFormat } from '../plan/formats.ts'
import { planDerivative } from '../plan/plan.ts'
import t from '../test/support/tap.ts'
import {
  difference,
  drawTestImage,
  engine,
  inspect,
  parseChain,
  render,
  requester,
} from './rendering.test.data.ts'

t.test('output is sRGB whatever the profile of the source', async t => {
  const red = sharp({ create: { width: 32, height: 32, channels: 3, background: { r: 200, g: 40, b: 40 } } })
  const colorOf = async (data: Buffer) => [...(await sharp(data).resize(1, 1).removeAlpha().raw().toBuffer())]
  const near = (found: number[], wanted: number[]) =>
    found.every((value, index) => Math.abs(value - (wanted[index] ?? 0)) <= 8)
  const sources = {
    none: await red.clone().png().toBuffer(),
    srgb: await red.clone().withIccProfile('srgb').png().toBuffer(),
    p3: await red.clone().withIccProfile('p3').png().toBuffer(),
    cmyk: await red.clone().toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer(),
  }
  for (const [name, source] of Object.entries(sources)) {
    const { data } = await render(source, 'resize_w-16')
    t.ok(near(await colorOf(data), [200, 40, 40]), `${name}: ${await colorOf(data)}`)
    t.equal((await sharp(data).metadata()).icc, undefined, `${name}: no profile is left`)
  }
  t.equal((await inspect(sources.p3)).profile, 'p3')
  t.equal((await inspect(sources.srgb)).profile, 'srgb')
  t.equal((await inspect(sources.cmyk)).space, 'cmyk')
  for (const chain of [
    'encode_profile-keep',
    'encode_profile-p3',
    'blur_s-1_resize_w-16_encode_profile-p3',
  ]) {
    const { data } = await render(sources.p3, chain, 'jpg')
    const kept = await sharp(data).metadata()
    t.ok(kept.icc, `${chain}: the profile is there`)
    const seen = [...(await sharp(data).resize(1, 1).raw().toBuffer())]
    t.ok(near(seen, [200, 40, 40]), `${chain}: and its colours are the same, ${seen}`)
  }
})

t.test('metadata is stripped unless requested', async t => {
  const exif = {
    IFD0: { Copyright: 'Ansel Adams', Artist: 'AA', ImageDescription: 'secret place' },
    IFD3: { GPSLatitude: '51/1 30/1 0/1' },
  }
  const source = await drawTestImage(60, 40).withExif(exif).jpeg().toBuffer()
  const exifOf = async (chain: string) => {
    const { data } = await render(source, chain, 'jpg')
    return (await sharp(data).metadata()).exif?.toString('latin1') ?? ''
  }
  t.equal(await exifOf('resize_w-30'), '')
  for (const chain of ['encode_meta-copyright', 'blur_s-1_resize_w-30_encode_meta-copyright']) {
    t.match(await exifOf(chain), /Ansel Adams/, chain)
    t.notMatch(await exifOf(chain), /secret place/, chain)
  }
  for (const chain of ['encode_meta-keep', 'blur_s-1_resize_w-30_encode_meta-keep'])
    t.match(await exifOf(chain), /secret place/, chain)
})

t.test('transparency is kept, or flattened onto white if the format has none', async t => {
  const clear = await sharp({
    create: { width: 40, height: 40, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
  })
    .png()
    .toBuffer()
  const corner = async (chain: string, format: OutputFormat) => [
    ...(await sharp((await render(clear, chain, format)).data)
      .ensureAlpha()
      .extract({ left: 0, top: 0, width: 1, height: 1 })
      .raw()
      .toBuffer()),
  ]
  for (const chain of ['', 'resize_w-20', 'rotate_a-45', 'blur_s-1_rotate_a-45_resize_w-20']) {
    t.strictSame(await corner(chain, 'jpg'), [255, 255, 255, 255], `jpg ${chain}`)
    t.equal((await corner(chain, 'webp'))[3], 0, `webp ${chain}`)
  }
  const solid = await drawTestImage(40, 40).png().toBuffer()
  const rotated = await render(solid, 'rotate_a-45', 'jpg')
  const corners = await sharp(rotated.data).extract({ left: 0, top: 0, width: 2, height: 2 }).raw().toBuffer()
  t.ok(Math.min(...corners) > 230, 'the corners of a rotated JPEG are white')
})

t.test('encoders honour their settings', async t => {
  const source = await drawTestImage(200, 150).png().toBuffer()
  const bytes = async (chain: string, format: OutputFormat) => (await render(source, chain, format)).data
  for (const format of ['jpg', 'webp', 'avif'] as const) {
    const low = await bytes('encode_q-20', format)
    const high = await bytes('encode_q-95', format)
    t.ok(low.length < high.length, `${format}: a lower quality is smaller`)
  }
  for (const format of ['png', 'webp', 'avif', 'tiff'] as const) {
    const { mean } = await difference(await bytes('encode_lossless-1', format), source)
    t.equal(mean, 0, `${format}: lossless is lossless`)
  }
  t.equal((await sharp(await bytes('encode_progressive-1', 'jpg')).metadata()).isProgressive, true)
  t.equal((await sharp(await bytes('encode_q-60', 'png')).metadata()).isPalette, true)
  for (const format of ['jpg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const) {
    for (const effort of [0, 9])
      t.ok((await bytes(`encode_effort-${effort}`, format)).length > 100, `${format} effort ${effort}`)
  }
})

t.test('non-images, damaged and too large files are rejected with their own codes', async t => {
  const refused = (data: Buffer, code: string, about: string) => t.rejects(inspect(data), { code }, about)
  await refused(Buffer.from('hello, this is text'), 'not-an-image', 'text')
  await refused(Buffer.from('<!doctype html><svg width="9" height="9"/>'), 'not-an-image', 'HTML')
  await refused(
    await drawTestImage(1001, 1000).png().toBuffer(),
    'too-many-pixels',
    'more pixels than allowed',
  )
  for (const format of ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const) {
    const whole = await drawTestImage(200, 150).toFormat(format).toBuffer()
    t.ok(await inspect(whole), `${format} whole`)
    await refused(whole.subarray(0, whole.length >> 1), 'undecodable', `half a ${format}`)
  }
  const facts = await inspect(await drawTestImage(200, 150).jpeg().toBuffer())
  const half = await drawTestImage(200, 150).jpeg().toBuffer()
  await t.rejects(
    engine.render(
      async () => ({ original: half.subarray(0, half.length >> 1), images: new Map() }),
      planDerivative({ facts }, parseChain('resize_w-50'), 'jpg'),
      requester,
    ),
    {
      code: 'undecodable',
    },
  )
})

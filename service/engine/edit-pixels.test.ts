import sharp from 'sharp'
import t from '../test/support/tap.ts'
import { difference, drawTestImage, render } from './rendering.test.data.ts'

const repainted = ['sepia', 'pixelate_s-6', 'gradient_c-f00', 'resize_w-40_sepia_blur_s-1', 'negate_sepia']

t.test('direct pixel edits preserve kept metadata', async t => {
  const exif = { IFD0: { Copyright: 'Ansel Adams', ImageDescription: 'a place' } }
  for (const channels of [3, 4] as const) {
    const source = await drawTestImage(60, 40, channels).withExif(exif).png().toBuffer()
    for (const chain of repainted) {
      const plain = await render(source, chain)
      t.equal((await sharp(plain.data).metadata()).exif, undefined, chain)
      const kept = await render(source, `${chain}_encode_meta-keep`)
      const metadata = await sharp(kept.data).metadata()
      t.match(metadata.exif?.toString('latin1'), /a place.*Ansel Adams/s, chain)
      t.equal(metadata.hasAlpha, channels === 4, `${chain}: alpha only where there was any`)
      const { mean } = await difference(kept.data, plain.data)
      t.ok(mean < 0.6, `${chain}: the pixels are the same but for ${mean}`)
    }
  }
})

t.test('direct pixel edits preserve the colours of a kept profile', async t => {
  const [width, height] = [40, 30]
  const background = { r: 210, g: 60, b: 40 }
  const wide = await sharp({ create: { width, height, channels: 3, background } })
    .withIccProfile('p3')
    .png()
    .toBuffer()
  const seen = async (file: Buffer) => [...(await sharp(file).resize(1, 1).raw().toBuffer())]
  const shown = await seen((await render(wide, 'pixelate_s-7')).data)
  for (const profile of ['keep', 'p3']) {
    const { data } = await render(wide, `pixelate_s-7_encode_profile-${profile}`)
    t.ok((await sharp(data).metadata()).icc, `${profile}: the profile is there`)
    const worst = Math.max(...(await seen(data)).map((value, index) => Math.abs(value - (shown[index] ?? 0))))
    t.ok(worst <= 3, `${profile}: and the colours look the same, but for ${worst}`)
  }
})

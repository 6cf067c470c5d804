import sharp from 'sharp'
import t from '../../test/support/tap.ts'
import { render } from '../rendering.test.data.ts'

/** A ramp with one level per column. 8 bits cannot represent all of its levels. */
const ramp = async (channels: 1 | 3 | 4) => {
  const samples = new Uint16Array(512 * 8 * channels).map(
    (_, at) => 20_000 + (Math.floor(at / channels) % 512) * 40,
  )
  const raw = sharp(samples, { raw: { width: 512, height: 8, channels } })
  return raw
    .toColourspace(channels === 1 ? 'grey16' : 'rgb16')
    .png()
    .toBuffer()
}

async function readDepth(file: Buffer) {
  const { depth, channels, space } = await sharp(file).metadata()
  const { data } = await sharp(file)
    .toColourspace('rgb16')
    .extractChannel(0)
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true })
  return {
    depth,
    channels,
    space,
    levels: new Set(new Uint16Array(data.buffer, data.byteOffset, data.length / 2)).size,
  }
}

t.test('lossless output keeps 16 bits through every pass', async t => {
  for (const format of ['png', 'tiff'] as const) {
    for (const channels of [1, 3, 4] as const) {
      const source = await ramp(channels)
      for (const chain of [
        '',
        'flip_',
        'rotate_a-90_flip_rotate_a-90_',
        'resize_w-500_flip_rotate_a-180_crop_w-450_',
      ]) {
        const { data } = await render(source, `${chain}encode_lossless-1`, format)
        const found = await readDepth(data)
        t.equal(found.depth, 'ushort', `${format} of ${channels}: ${chain}`)
        t.ok(found.levels > 400, `${found.levels} levels`)
      }
      const kept = await readDepth((await render(source, 'encode_profile-keep', format)).data)
      t.match(kept, { depth: 'ushort', levels: 512, channels })
    }
  }
})

t.test('output has 8 bits by default, in other formats, and with a quality or byte budget', async t => {
  const source = await ramp(3)
  for (const [chain, format] of [
    ['', 'png'],
    ['encode_lossless-1', 'webp'],
    ['encode_q-80,profile-keep', 'png'],
    ['encode_maxbytes-900,profile-keep', 'tiff'],
  ] as const) {
    const found = await readDepth((await render(source, chain, format)).data)
    t.equal(found.depth, 'uchar', `${chain}.${format}`)
  }
})

t.test('a 16-bit image renders with the same colours as its 8-bit version', async t => {
  const color = { r: 200, g: 60, b: 40 }
  const flat = sharp({ create: { width: 40, height: 30, channels: 3, background: color } })
  const eight = await flat.clone().withIccProfile('p3').png().toBuffer()
  const deep = await sharp(eight).keepIccProfile().toColourspace('rgb16').png().toBuffer()
  t.match(await sharp(deep).metadata(), { depth: 'ushort', hasProfile: true })
  for (const chain of ['', 'blur_s-2', 'encode_lossless-1', 'rotate_a-90_flip_encode_lossless-1']) {
    const file = (await render(deep, chain)).data
    const { channels } = await sharp(file)
      .toColourspace('rgb16')
      .raw({ depth: 'ushort' })
      .toBuffer()
      .then(data =>
        sharp(new Uint16Array(data.buffer, data.byteOffset, data.length / 2), {
          raw: { width: 1, height: data.length / 6, channels: 3 },
        }).stats(),
      )
    const means = channels.map(({ mean }) => mean / 257)
    const differences = [color.r, color.g, color.b].map((value, at) => Math.abs(value - (means[at] ?? 999)))
    t.ok(Math.max(...differences) < 2.5, `${chain || 'nothing'}: ${means.map(Math.round)}`)
  }
})

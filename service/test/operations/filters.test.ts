import sharp from 'sharp'
import { build } from '../support/build.ts'
import { height, type Rgb, sources, width } from '../support/effect-formulas.ts'
import { colorAt, flattenOnGrey, pixelsOf, renderLossless } from '../support/lossless-render.ts'
import { compare, draw } from '../support/pictures.ts'
import t from '../support/tap.ts'

t.test('pixelate fills each block with the mean of its visible pixels, also at the edges', async t => {
  const bench = await build(t)
  const side = 12
  for (const name of ['opaque', 'transparent', '16-bit', 'grey', 'cmyk', 'animated'] as const) {
    const { id } = await bench.upload(sources[name])
    const format = name === 'animated' ? 'webp' : 'png'
    const before = await pixelsOf(await renderLossless(bench, id, '', format))
    const after = await pixelsOf(await renderLossless(bench, id, `pixelate_s-${side}`, format))
    const sums = new Map<string, { pixels: number; alpha: number; color: number[] }>()
    const blockOf = (at: number) => {
      const [frame, pixel] = [Math.floor(at / 4 / width / height), (at / 4) % (width * height)]
      const key = `${frame} ${Math.floor((pixel % width) / side)} ${Math.floor(pixel / width / side)}`
      const sum = sums.get(key) ?? { pixels: 0, alpha: 0, color: [0, 0, 0] }
      sums.set(key, sum)
      return sum
    }
    for (let at = 0; at < before.length; at += 4) {
      const [sum, alpha] = [blockOf(at), before[at + 3]!]
      sum.pixels++
      sum.alpha += alpha
      colorAt(before, at).forEach((value, channel) => {
        sum.color[channel]! += value * alpha
      })
    }
    t.equal(sums.size, 6 * 4 * (before.length / width / height / 4))
    let worst = 0
    for (let at = 0; at < after.length; at += 4) {
      const { pixels, alpha, color } = blockOf(at)
      const expected = [...color.map(sum => sum / alpha), alpha / pixels]
      expected.forEach((value, channel) => {
        worst = Math.max(worst, Math.abs(value - after[at + channel]!))
      })
    }
    t.ok(worst <= 1.5, `${name}: off by ${worst.toFixed(2)} at most`)
  }
})

t.test('median removes specks, keeps edges and takes no colour from invisible pixels', async t => {
  const bench = await build(t)
  const specked = draw(60, 40, (x, y) =>
    x % 9 === 4 && y % 9 === 4 ? [255, 255, 255] : x < 30 ? [200, 40, 40] : [30, 60, 200],
  )
  const { id } = await bench.upload(await specked.png().toBuffer())
  const plain = draw(60, 40, x => (x < 30 ? [200, 40, 40] : [30, 60, 200]))
  t.equal((await compare(await renderLossless(bench, id, 'median'), plain)).max, 0)
  const half = draw(60, 40, x => (x < 30 ? [200, 40, 40, 255] : [0, 255, 0, 0]))
  const hidden = await bench.upload(await half.png().toBuffer())
  const after = await renderLossless(bench, hidden.id, 'median_s-7')
  t.equal(
    (await compare(flattenOnGrey(after), flattenOnGrey(await half.png().toBuffer()))).max,
    0,
    'no pixel turns green',
  )
})

t.test('normalize stretches visible pixels, ignores invisible ones and treats all frames alike', async t => {
  const bench = await build(t)
  const dull = (x: number): Rgb => [100 + x, 100 + x, 100 + x]
  const stretched = (value: number) => Math.min(255, Math.max(0, ((value - 100) * 255) / 49))
  const images = {
    opaque: draw(50, 40, dull),
    'hidden black and white': draw(50, 80, (x, y) =>
      y < 40 ? [...dull(x), 255] : [x < 25 ? 0 : 255, 0, 0, 0],
    ),
    deep: draw(50, 40, dull).toColourspace('rgb16'),
    grey: draw(50, 40, dull).toColourspace('b-w'),
  }
  for (const [name, image] of Object.entries(images)) {
    const { id } = await bench.upload(await image.png().toBuffer())
    const after = await pixelsOf(await renderLossless(bench, id, 'normalize'))
    const row = Array.from({ length: 50 }, (_, x) => after[x * 4]!)
    const worst = Math.max(...row.map((value, x) => Math.abs(value - stretched(100 + x))))
    // One percent of 50 columns is less than one column, so the first is black and the last white.
    t.ok(worst <= 3, `${name}: off by ${worst.toFixed(2)} at most`)
  }
  const flat = await bench.upload(
    await draw(20, 20, () => [90, 90, 90])
      .png()
      .toBuffer(),
  )
  t.equal(
    (
      await compare(
        await renderLossless(bench, flat.id, 'normalize'),
        draw(20, 20, () => [90, 90, 90]),
      )
    ).max,
    0,
  )
  const frames = [draw(50, 40, dull), draw(50, 40, () => [120, 120, 120])].map(frame =>
    frame.png().toBuffer(),
  )
  const moving = await sharp(await Promise.all(frames), { join: { animated: true } })
    .webp({ lossless: true })
    .toBuffer()
  const { id } = await bench.upload(moving)
  const after = await pixelsOf(await renderLossless(bench, id, 'normalize', 'webp'))
  t.ok(Math.abs(after[50 * 40 * 4]! - stretched(120)) <= 3, 'the second frame uses the levels of the first')
})

t.test('sharpen keeps a white shape on transparency white and spreads no hidden colour', async t => {
  const bench = await build(t)
  const white = draw(120, 120, (x, y) => {
    const visible = Math.min(1, Math.max(0, 50 - Math.hypot(x - 60, y - 60)))
    return visible === 0 ? [0, 0, 0, 0] : [255, 255, 255, 255 * visible]
  })
  const { id } = await bench.upload(await white.png().toBuffer())
  for (const operations of ['sharpen', 'resize_w-97_sharpen', 'sharpen_s-8,f-5,j-9']) {
    const onWhite = sharp(await renderLossless(bench, id, operations)).flatten({ background: 'white' })
    const darkest = Math.min(...(await onWhite.raw().toBuffer()))
    t.ok(darkest >= 253, `${operations}: the darkest pixel on white is ${darkest}`)
  }
})

t.test('blur and sharpen follow their formulas at an edge, for every kind of source', async t => {
  const bench = await build(t)
  const edge = draw(60, 40, x => (x < 30 ? [60, 60, 60] : [180, 180, 180]))
  const kinds = {
    opaque: edge.clone(),
    deep: edge.clone().toColourspace('rgb16'),
    grey: edge.clone().toColourspace('b-w'),
    transparent: draw(60, 40, x => [...Array(3).fill(x < 30 ? 60 : 180), 128]),
  }
  for (const [name, image] of Object.entries(kinds)) {
    const { id } = await bench.upload(await image.png().toBuffer())
    const blurred = await pixelsOf(await renderLossless(bench, id, 'blur_s-2'))
    const sharpened = await pixelsOf(await renderLossless(bench, id, 'sharpen_s-1'))
    const at = (pixels: Buffer, x: number) => pixels[(20 * 60 + x) * 4]!
    let worst = 0
    for (let x = 20; x < 40; x++) {
      const expected = 60 + 120 * gaussianBelow((x + 0.5 - 30) / 2)
      worst = Math.max(worst, Math.abs(at(blurred, x) - expected))
    }
    // libvips truncates the mask where it falls below a fifth of its height.
    t.ok(worst <= 8, `${name}: off by ${worst.toFixed(2)} of 120 at most`)
    t.ok(at(sharpened, 29) < 55 && at(sharpened, 30) > 185, `${name}: the edge is steeper`)
    const flat = Math.max(Math.abs(at(sharpened, 10) - 60), Math.abs(at(sharpened, 50) - 180))
    t.ok(flat <= 2, `${name}: flat areas change by at most ${flat}`)
    if (name === 'transparent') t.equal(blurred[3], 128)
  }
})

/** The share of a normal distribution below this many standard deviations, summed in steps. */
function gaussianBelow(deviations: number): number {
  let sum = 0
  for (let x = -6; x < deviations; x += 0.001) sum += Math.exp((-x * x) / 2) * 0.001
  return sum / Math.sqrt(2 * Math.PI)
}

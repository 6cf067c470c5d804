import sharp from 'sharp'
import { build } from '../support/build.ts'
import { formulas, height, sources, width } from '../support/effect-formulas.ts'
import { colorAt, flattenOnGrey, pixelsOf, renderLossless } from '../support/lossless-render.ts'
import { compare, disc } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import t from '../support/tap.ts'

/** Calls back for every visible pixel, with its place in its frame. Invisible pixels may have any colour. */
function eachVisible(pixels: Buffer, visit: (at: number, place: { x: number; y: number }) => void): void {
  for (let at = 0; at < pixels.length; at += 4) {
    const pixel = (at / 4) % (width * height)
    if (pixels[at + 3] !== 0) visit(at, { x: pixel % width, y: Math.floor(pixel / width) })
  }
}

t.test('colour effects follow their formulas and keep transparency', async t => {
  const bench = await build(t)
  for (const [name, source] of Object.entries(sources)) {
    const { id } = await bench.upload(source)
    const format = name === 'animated' ? 'webp' : 'png'
    const before = await pixelsOf(await renderLossless(bench, id, '', format))
    t.equal(before.length, width * height * 4 * (name === 'animated' ? 3 : 1))
    for (const [chain, formula] of Object.entries(formulas)) {
      const after = await pixelsOf(await renderLossless(bench, id, chain, format))
      let worst = 0
      let alpha = 0
      eachVisible(before, (at, place) => {
        const color = colorAt(after, at)
        formula(colorAt(before, at), place).forEach((expected, channel) => {
          worst = Math.max(worst, Math.abs(Math.min(255, Math.max(0, expected)) - color[channel]!))
        })
        alpha = Math.max(alpha, Math.abs(after[at + 3]! - before[at + 3]!))
      })
      // libvips truncates fractions. A tint is converted to CIELAB and back through an 8-bit table, and a 16-bit source
      // is also rounded to 8 bits: both lose more.
      const tolerance = chain.startsWith('tint') || name === '16-bit' ? 3 : 1.5
      t.ok(worst <= tolerance, `${name} ${chain}: off by ${worst.toFixed(2)} at most`)
      t.equal(alpha, 0, `${name} ${chain}: alpha is untouched`)
    }
  }
})

t.test('effects apply in the order of the URL', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(sources.transparent)
  const orders: [chain: string, other: string, apart: number][] = [
    ['adjust_c-300_blur_s-3', 'blur_s-3_adjust_c-300', 3],
    ['grayscale_duotone_a-f00,b-00f', 'duotone_a-f00,b-00f_grayscale', 20],
    ['negate_sepia', 'sepia_negate', 10],
    ['adjust_c-300_resize_w-20', 'resize_w-20_adjust_c-300', 1.5],
    ['gradient_c-f00_rotate_a-180', 'rotate_a-180_gradient_c-f00', 10],
  ]
  for (const [chain, other, apart] of orders) {
    const results: Buffer[] = []
    for (const one of [chain, other]) {
      const whole = await renderLossless(bench, id, one)
      let steps = id
      for (const step of one.split(/_(?=[a-z]+(?:_|$))/)) {
        steps = (await bench.upload(await renderLossless(bench, steps, step))).id
      }
      const { mean } = await compare(
        flattenOnGrey(whole),
        flattenOnGrey(await renderLossless(bench, steps, '')),
      )
      t.ok(mean < 1, `${one}: ${mean.toFixed(2)} from its steps one by one`)
      results.push(whole)
    }
    const { mean } = await compare(flattenOnGrey(results[0]!), flattenOnGrey(results[1]!))
    t.ok(mean > apart, `${chain} differs from ${other}: ${mean.toFixed(1)}`)
  }
  const [one, other] = [
    await renderLossless(bench, id, 'negate_blur_s-2'),
    await renderLossless(bench, id, 'blur_s-2_negate'),
  ]
  t.ok(
    (await compare(flattenOnGrey(one), flattenOnGrey(other))).mean < 1,
    'a linear effect commutes with a blur',
  )
})

t.test('a JPEG keeps its white background whatever effect is applied', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(await disc(64).png().toBuffer())
  const chains = ['negate', 'sepia', 'adjust_b--30', 'adjust_g-0.5', 'gradient_c-000,a-1', 'median_s-5']
  for (const chain of [...chains, 'resize_w-30_duotone_a-f00,b-00f', 'negate_blur_s-2', 'normalize']) {
    const onWhite = sharp(await renderLossless(bench, id, chain)).flatten({ background: 'white' })
    const { mean } = await compare(await renderLossless(bench, id, `${chain}_encode_q-100`, 'jpg'), onWhite)
    t.ok(mean < 1.5, `${chain}: ${mean.toFixed(2)} from the transparent image on white`)
  }
})

t.test('neutral values change nothing, and values out of range are rejected by name', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(sources['16-bit'])
  const plain = await renderLossless(bench, id, '')
  for (const chain of ['adjust', 'adjust_h-360', 'pixelate_s-1', 'gradient_a-0', 'gradient_c-transparent'])
    t.equal((await compare(await renderLossless(bench, id, chain), plain)).max, 0, chain)
  const rejected: [chain: string, names: RegExp][] = [
    ['adjust_b--101', /adjust: b--101.*-100.*100/],
    ['adjust_b-101', /b-101/],
    ['adjust_c--101', /c--101/],
    ['adjust_c-501', /c-501.*500/],
    ['adjust_s--101', /s--101/],
    ['adjust_s-501', /s-501/],
    ['adjust_h-361', /h-361.*360/],
    ['adjust_h--361', /h--361/],
    ['adjust_g-0.39', /g-0.39.*0.4.*2.5/],
    ['adjust_g-2.6', /g-2.6/],
    ['adjust_b-1,b-2', /b/],
    ['adjust_x-1', /x/],
    ['sepia_a-1', /a/],
    ['negate_x-1', /x/],
    ['normalize_x-1', /x/],
    ['tint', /tint: c is required/],
    ['tint_c-xyz', /c-xyz/],
    ['tint_c-ff000080', /tint: c-ff000080.*opaque/],
    ['duotone_a-transparent', /duotone: a-transparent.*opaque/],
    ['duotone_b-12', /b-12/],
    ['gradient_a-1.1', /a-1.1/],
    ['gradient_d-sideways', /d-sideways.*down/],
    ['gradient_d-361', /d-361/],
    ['gradient_from-0.5,to-0.5', /from-0.5.*to-0.5/],
    ['pixelate_s-0', /s-0.*1.*1000/],
    ['pixelate_s-2.5', /s-2.5/],
    ['pixelate_s-1001', /s-1001/],
    ['median_s-1', /s-1.*2.*25/],
    ['median_s-26', /s-26/],
  ]
  for (const [chain, names] of rejected) {
    const body = JSON.stringify({ path: `/processed/${bench.userId}/${id}_${chain}.png` })
    const headers = { 'content-type': 'application/json' }
    const response = await bench.get('/api/v1/sign', { method: 'POST', body, headers })
    t.match(await isProblemResponse(t, response, 'bad-url', chain), names)
  }
})

import sharp from 'sharp'
import { build } from '../support/build.ts'
import { draw } from '../support/pictures.ts'
import { type Pixel, readPixels } from '../support/pixel-reader.ts'
import { bytesOf } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'

/** Four quarters of different colours, 120×80; with four channels the left half is half transparent. */
const quarters = (channels: 3 | 4) =>
  draw(120, 80, (x, y) => {
    const [r, g, b] =
      y < 40 ? (x < 60 ? [200, 40, 40] : [40, 180, 60]) : x < 60 ? [40, 60, 200] : [220, 200, 60]
    return channels === 4 ? [r!, g!, b!, x < 60 ? 128 : 255] : [r!, g!, b!]
  })

const animated = async (frames: Buffer[]) =>
  sharp(frames, { join: { animated: true } })
    .webp({ lossless: true, delay: [40, 50, 60], loop: 3 })
    .toBuffer()

/** Every kind of source. The frames of the animation are mirrored copies. */
const sources = {
  opaque: await quarters(3).png().toBuffer(),
  transparent: await quarters(4).png().toBuffer(),
  deep: await quarters(3).toColourspace('rgb16').png().toBuffer(),
  grey: await quarters(3).toColourspace('b-w').png().toBuffer(),
  greyTransparent: await quarters(4).toColourspace('b-w').png().toBuffer(),
  cmyk: await quarters(3)
    .toColourspace('cmyk')
    .withIccProfile('cmyk')
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer(),
  animated: await animated([
    await quarters(3).png().toBuffer(),
    await quarters(3).flop().png().toBuffer(),
    await quarters(3).flip().png().toBuffer(),
  ]),
} as const

/** The expected pixel of a result: that of a place in the original, or a colour. */
type Expected = { readonly from: readonly [x: number, y: number] } | { readonly is: Pixel }
type Case = { readonly size: readonly [width: number, height: number] } & {
  readonly [place: `${number},${number}`]: Expected
}
const from = (x: number, y: number): Expected => ({ from: [x, y] })
const is = (...pixel: Pixel): Expected => ({ is: pixel })
const clear = is(0, 0, 0, 0)
const pink = is(255, 0, 255, 255)

const cases: Readonly<Record<string, Case>> = {
  'crop_x-30,y-20,w-60,h-40': { size: [60, 40], '5,5': from(35, 25), '55,35': from(85, 55) },
  'crop_x-0.5,w-0.25': { size: [30, 80], '5,5': from(65, 5), '25,75': from(85, 75) },
  'crop_w-0.5,h-0.5,g-southeast': { size: [60, 40], '5,5': from(65, 45) },
  'crop_ar-1:1,g-west': { size: [80, 80], '5,5': from(5, 5), '70,70': from(70, 70) },
  'crop_ar-2:1,h-40,g-north': { size: [80, 40], '5,5': from(25, 5), '75,35': from(95, 35) },
  'crop_x-20,y-10,ar-1:1': { size: [70, 70], '5,5': from(25, 15), '65,65': from(85, 75) },
  'resize_w-60,h-60,fx-1,fy-0': { size: [60, 60], '5,5': from(47, 7), '55,55': from(113, 73) },
  'pad_t-10,l-20,bg-f0f': {
    size: [140, 90],
    '5,50': pink,
    '70,5': pink,
    '25,15': from(5, 5),
    '135,85': from(115, 75),
  },
  'pad_all-6,b-0': { size: [132, 86], '3,3': clear, '66,85': from(60, 79), '10,10': from(4, 4) },
  'extend_ar-1:1,g-north,bg-f0f': {
    size: [120, 120],
    '60,100': pink,
    '5,5': from(5, 5),
    '115,75': from(115, 75),
  },
  'extend_w-150,h-60': { size: [150, 80], '5,40': clear, '20,5': from(5, 5), '145,5': clear },
  'border_w-4,c-f0f': { size: [128, 88], '1,1': pink, '126,40': pink, '9,9': from(5, 5) },
  'round_r-20': {
    size: [120, 80],
    '0,0': clear,
    '119,79': clear,
    '3,3': clear,
    '9,9': from(9, 9),
    '60,1': from(60, 1),
  },
  'round_r-max,bg-f0f': {
    size: [120, 80],
    '2,2': pink,
    '117,2': pink,
    '1,40': from(1, 41),
    '50,1': from(50, 1),
  },
  'rotate_a-90': { size: [80, 120], '5,5': from(5, 75), '75,115': from(115, 5) },
  'rotate_a-45': { size: [141, 141], '3,3': clear, '70,30': from(32, 12), '110,70': from(88, 12) },
  'rotate_a--30,bg-f0f': { size: [144, 129], '3,3': pink, '30,70': from(20, 20) },
  // A rounded border, as in the docs.
  'round_r-16,bg-f0f_border_w-4,c-f0f_round_r-20': {
    size: [128, 88],
    '1,1': clear,
    '7,7': pink,
    '20,20': from(16, 16),
  },
}

t.test('geometry operations move pixels correctly for every kind of source', async t => {
  const bench = await build(t)
  for (const [name, file] of Object.entries(sources)) {
    const { id } = await bench.upload(file)
    const isAnimation = name === 'animated'
    const derive = async ([chain, expected]: [string, Case]) => {
      const fileName = isAnimation ? `${chain}_encode_lossless-1.webp` : `${chain}.png`
      const url = await bench.sign(`/processed/${bench.userId}/${id}_${fileName}`)
      const result = await bytesOf(await bench.get(url))
      for (const page of isAnimation ? [0, 2] : [0]) {
        await checkPixels(t, `${name} ${chain} ${page}`, file, result, page, expected)
      }
      if (isAnimation)
        t.match(await sharp(result).metadata(), { pages: 3, delay: [40, 50, 60], loop: 3 }, chain)
    }
    await Promise.all(Object.entries(cases).map(derive))
  }
})

async function checkPixels(
  t: Test,
  about: string,
  file: Buffer,
  result: Buffer,
  page: number,
  expectedCase: Case,
) {
  const [original, found] = await Promise.all([readPixels(file, page), readPixels(result, page)])
  const { size, ...places } = expectedCase
  t.strictSame([found.width, found.height], size, about)
  for (const [place, expected] of Object.entries(places)) {
    const [x = 0, y = 0] = place.split(',').map(Number)
    const pixel = 'is' in expected ? expected.is : original.at(...expected.from)
    t.ok(near(found.at(x, y), pixel), `${about}: ${place} is ${found.at(x, y)}, not ${pixel}`)
  }
}

/** The colour of invisible pixels does not count. */
const near = (one: Pixel, other: Pixel) =>
  one.every((value, at) => Math.abs(value - other[at]!) <= 6) || (one[3] === 0 && other[3] === 0)

t.test('round antialiases its edge and fills the corners in formats without transparency', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(sources.opaque)
  const derive = async (chain: string) =>
    readPixels(await bytesOf(await bench.get(await bench.sign(`/processed/${bench.userId}/${id}_${chain}`))))
  const { at } = await derive('round_r-20.png')
  const edge = Array.from({ length: 20 }, (_, x) => at(x, 2)[3])
  t.ok(
    edge.some(alpha => alpha > 30 && alpha < 220),
    `${edge}`,
  )
  t.strictSame(
    [...edge].sort((a, b) => a - b),
    edge,
    'alpha only rises',
  )
  for (const [x, y] of [
    [4, 6],
    [7, 5],
    [0, 19],
  ] as const) {
    const corners = [at(x, y), at(119 - x, y), at(x, 79 - y), at(119 - x, 79 - y)].map(pixel => pixel[3])
    t.equal(new Set(corners).size, 1, `all corners are equal: ${corners}`)
  }
  t.ok(near((await derive('round_r-20_encode_q-100.jpg')).at(1, 1), [255, 255, 255, 255]))
  t.ok(near((await derive('round_r-20,bg-ff000000_encode_q-100.jpg')).at(1, 1), [255, 255, 255, 255]))
  t.ok(near((await derive('round_r-20,bg-00f_encode_q-100.png')).at(1, 1), [0, 0, 255, 255]))
})

t.test('missing, contradictory and out-of-range options are rejected by name', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(sources.opaque)
  const rejected = async (chain: string, detail: RegExp) => {
    const response = await bench.get('/api/v1/sign', {
      method: 'POST',
      body: JSON.stringify({ path: `/processed/${bench.userId}/${id}_${chain}.png` }),
      headers: { 'content-type': 'application/json' },
    })
    t.equal(response.status, 400, chain)
    t.match(await response.json(), { code: 'bad-url', detail }, chain)
  }
  await rejected('pad', /^pad: one of t, r, b, l or all is required/)
  await rejected('pad_bg-fff', /^pad: one of/)
  await rejected('pad_all-9000', /^pad: all-9000 is out of range/)
  await rejected('extend', /^extend: one of w, h or ar is required/)
  await rejected('extend_w-10,ar-1:1', /^extend: ar cannot be combined/)
  await rejected('extend_w-300,g-smart', /^extend: g-smart is invalid/)
  await rejected('border', /^border: w is required/)
  await rejected('round', /^round: r is required/)
  await rejected('round_r-0', /^round: r-0 is out of range/)
  await rejected('crop', /^crop: one of x, y, w, h or ar is required/)
  await rejected('crop_g-face', /^crop: one of/)
  await rejected('crop_x-1,w-10,g-focal', /^crop: g cannot be combined/)
  await rejected('trim_t-256', /^trim: t-256 is out of range/)
  await rejected('trim_c-red', /^trim: c-red is invalid/)
  await rejected('trim_t-1,t-2', /^trim: t-2 repeats/)
})

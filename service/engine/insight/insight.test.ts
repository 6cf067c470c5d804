import { decode } from 'blurhash'
import sharp, { type OverlayOptions, type Sharp } from 'sharp'
import { thumbHashToAverageRGBA, thumbHashToRGBA } from 'thumbhash'
import { readRgba } from '../../operations/analysis/rgba.ts'
import { draw, photo } from '../../test/support/pictures.ts'
import { headOfPortrait, portrait } from '../../test/support/portrait.ts'
import t from '../../test/support/tap.ts'
import { analysisSide, computeInsight } from './insight.ts'
import { classifyKind } from './kind.ts'
import { perceptualHash } from './perceptual-hash.ts'

const rendition = (image: Sharp) =>
  image.resize({ width: analysisSide, height: analysisSide, fit: 'inside', withoutEnlargement: true })
const analyze = async (image: Sharp, exif?: Buffer) => computeInsight(await readRgba(rendition(image)), exif)

const red = { r: 200, g: 40, b: 80, alpha: 1 }
const blue = { r: 30, g: 100, b: 200, alpha: 1 }
const clear = { r: 0, g: 0, b: 0, alpha: 0 }

const plain = (background: typeof red, width = 600, height = 400) =>
  sharp({ create: { width, height, channels: 4, background } }).png()

/** Red, with blue on the right. */
async function flag(share: number): Promise<Sharp> {
  const width = Math.round(600 * share)
  const stripe: OverlayOptions = { input: await plain(blue, width).toBuffer(), left: 600 - width, top: 0 }
  return sharp(await plain(red).composite([stripe]).toBuffer())
}

t.test('palette and dominant colour match a drawn image', async t => {
  const { dominantColor, palette, kind, faces } = await analyze(await flag(0.3))
  t.equal(dominantColor, '#c82850')
  t.match(
    palette.map(({ color }) => color),
    ['#c82850', '#1e64c8'],
  )
  const [most = 0, less = 0] = palette.map(({ share }) => share)
  t.ok(Math.abs(most - 0.7) < 0.02 && Math.abs(less - 0.3) < 0.02, `${most} and ${less}`)
  t.equal(kind, 'graphic')
  t.strictSame(faces, [])
  const again = await analyze(await flag(0.3))
  t.strictSame(again.palette, palette, 'deterministic')
})

t.test('transparent pixels do not count in the palette', async t => {
  const strip = await plain(blue, 100).toBuffer()
  const sticker = sharp(await sharp(strip).extend({ left: 500, background: clear }).png().toBuffer())
  const insight = await analyze(sticker)
  t.match(insight.palette, [{ color: '#1e64c8' }])
  const empty = await analyze(plain(clear))
  t.strictSame(empty.palette, [{ color: '#000000', share: 1 }])
  t.ok(
    thumbHashToAverageRGBA(Buffer.from(insight.thumbhash, 'base64')).a < 0.5,
    'thumbhash keeps the transparency',
  )
})

t.test('an image of one colour has one palette entry at any size, shape or opacity', async t => {
  const images = [plain(red, 1, 1), plain(red, 3000, 1), plain({ ...red, alpha: 0.2 }), plain(red)]
  const insights = await Promise.all(images.map(image => analyze(image)))
  for (const { palette, thumbhash, pHash } of insights) {
    t.strictSame(palette, [{ color: '#c82850', share: 1 }])
    t.equal(pHash, '8000000000000000', 'rounding does not set bits')
    const { r, g, b } = thumbHashToAverageRGBA(Buffer.from(thumbhash, 'base64'))
    const difference = Math.max(Math.abs(255 * r - 200), Math.abs(255 * g - 40), Math.abs(255 * b - 80))
    t.ok(difference < 25, `${[r, g, b]}`)
  }
})

t.test('thumbhash and blurhash show the right colours in the right places', async t => {
  const { thumbhash, blurhash } = await analyze(await flag(0.5))
  const { w, h, rgba } = thumbHashToRGBA(Buffer.from(thumbhash, 'base64'))
  t.ok(Math.abs(w / h - 1.5) < 0.2, `the aspect ratio is kept: ${w}x${h}`)
  const blurred = decode(blurhash, w, h)
  for (const [name, pixels] of Object.entries({ thumbhash: rgba, blurhash: blurred })) {
    for (const [part, color] of [
      [1 / 6, red],
      [5 / 6, blue],
    ] as const) {
      const at = 4 * (Math.floor(h / 2) * w + Math.floor(w * part))
      const difference = Math.max(
        Math.abs(pixels[at]! - color.r),
        Math.abs(pixels[at + 1]! - color.g),
        Math.abs(pixels[at + 2]! - color.b),
      )
      t.ok(difference < 45, `${name} is ${difference} off at ${part}`)
    }
  }
})

const hashOf = async (image: Sharp) => BigInt(`0x${perceptualHash(await readRgba(rendition(image)))}`)
const differing = (a: bigint, b: bigint) => (a ^ b).toString(2).replaceAll('0', '').length

t.test('perceptual hashes are close for versions of an image, far for others', async t => {
  const original = await photo(900, 600).png().toBuffer()
  const hash = await hashOf(sharp(original))
  const versions = {
    small: sharp(original).resize(120),
    squeezed: sharp(original).resize(300, 300, { fit: 'fill' }),
    compressed: sharp(await sharp(original).jpeg({ quality: 30 }).toBuffer()),
    brighter: sharp(original).modulate({ brightness: 1.1 }),
    grey: sharp(original).grayscale(),
  }
  for (const [name, version] of Object.entries(versions)) {
    const bits = differing(hash, await hashOf(sharp(await version.png().toBuffer())))
    t.ok(bits <= 6, `${name}: ${bits} of 64 bits differ`)
  }
  const others = [sharp(await portrait()), sharp(original).flop(), await flag(0.3), photo(900, 600, 2)]
  for (const other of others) {
    const bits = differing(hash, await hashOf(sharp(await other.png().toBuffer())))
    t.ok(bits >= 16, `${bits} of 64 bits differ`)
  }
})

t.test('graphics are distinguished from photographs', async t => {
  const noise = { type: 'gaussian', mean: 128, sigma: 8 } as const
  const grain = sharp({ create: { width: 600, height: 400, channels: 3, background: 'grey', noise } })
  t.equal((await analyze(grain.jpeg())).kind, 'photo')
  t.equal((await analyze(sharp(await portrait()))).kind, 'graphic')
  const ramp = draw(500, 300, (x, y) => [x / 2, y / 2, 255 - x / 2])
  t.equal((await analyze(ramp)).kind, 'photo', 'a gradient is not a flat area')
  const isDrawing = async (image: Sharp) => classifyKind(await readRgba(rendition(image))).isDrawing
  t.equal(await isDrawing(await flag(0.3)), true)
  const cutOut = await photo(200, 200).extend({ left: 300, background: 'white' }).png().toBuffer()
  t.equal(await isDrawing(sharp(cutOut)), false, 'a photograph on a plain background may show a face')
})

t.test('a face is detected at its position', async t => {
  const { faces } = await analyze(sharp(await portrait()))
  t.equal(faces?.length, 1)
  const [face] = faces!
  const [x, y] = [face!.left + face!.width / 2, face!.top + face!.height / 2]
  const head = headOfPortrait
  t.ok(x > head.left && x < head.left + head.width, `across ${x}`)
  t.ok(y > head.top && y < head.top + head.height, `down ${y}`)
})

t.test('faces are where a plain implementation of the network found them', async t => {
  const person = await portrait()
  const half = await sharp(person).extract({ left: 400, top: 0, width: 400, height: 500 }).png().toBuffer()
  const other = { input: await sharp(half).flop().grayscale().toBuffer(), left: 400, top: 0 }
  // left, top, width and height, computed by loops over numbers in JavaScript
  const expected: [string, Sharp, ...number[][]][] = [
    ['mirrored', sharp(person).flop(), [0.1492, 0.2454, 0.1903, 0.2898]],
    ['enlarged', sharp(half).resize(120), [0.3357, 0.2742, 0.3251, 0.2352]],
    ['translucent', sharp(person).ensureAlpha(0.5), [0.6665, 0.26, 0.1596, 0.2406]],
    ['turned', sharp(person).rotate(12, { background: '#7a8a80' }), [0.6454, 0.3807, 0.1694, 0.2114]],
    [
      'two',
      sharp(half).extend({ right: 400 }).composite([other]),
      [0.1543, 0.2518, 0.1852, 0.2847],
      [0.6636, 0.2542, 0.1645, 0.2485],
    ],
  ]
  for (const [name, picture, ...boxes] of expected) {
    const { faces } = await analyze(sharp(await picture.png().toBuffer()))
    const found = faces!.map(({ left, top, width, height }) => [left, top, width, height])
    t.equal(found.length, boxes.length, name)
    const differences = boxes.flatMap((box, index) => box.map((value, at) => value - found[index]![at]!))
    t.ok(
      differences.every(difference => Math.abs(difference) < 0.01),
      `${name}: ${found.join(' and ')}`,
    )
  }
})

t.test('exposure data is published, location and owner are not', async t => {
  const exif = {
    IFD0: { Make: 'Darkroom', Model: 'One\u0007 ', Copyright: 'me' },
    IFD2: {
      ExposureTime: '1/50',
      FNumber: '28/10',
      DateTimeOriginal: '2024:05:01 12:30:00',
      BodySerialNumber: '4711',
    },
    IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '48/1 8/1 0/1' },
  }
  const file = await (await flag(0.5)).withExif(exif).jpeg().toBuffer()
  const insight = await analyze(sharp(file), (await sharp(file).metadata()).exif)
  t.strictSame(insight.exif, {
    make: 'Darkroom',
    model: 'One',
    takenAt: '2024-05-01T12:30:00',
    exposureTime: 0.02,
    fNumber: 2.8,
  })
  t.strictSame((await analyze(await flag(0.5), Buffer.from('Exif\0\0 broken'))).exif, {})
})

import sharp, { type Sharp } from 'sharp'
import { cornersHeic } from '../../test/support/foreign-files.ts'
import t from '../../test/support/tap.ts'
import { decodePageToPng } from '../foreign/page-png.ts'
import { pngChunk } from '../metadata/png-chunk.ts'
import { inspect, render } from '../rendering.test.data.ts'
import { avifContainer, avifItem, gridOf } from '../sources/avif.test.data.ts'
import { hlgToNits, nitsToPq, pqToNits } from './code-points.ts'

const size = { width: 32, height: 24 }
const fill = ([r, g, b]: readonly [number, number, number]): Sharp =>
  sharp({ create: { ...size, channels: 3, background: { r, g, b } } })

/** Renders a file to PNG and returns the first pixel in sRGB. */
async function colorOfResult(file: Buffer, steps = '') {
  const { data } = await render(file, steps)
  return [...(await sharp(data).removeAlpha().toColourspace('srgb').raw().toBuffer()).subarray(0, 3)]
}

const near = (found: readonly number[], expected: readonly number[], tolerance = 2) =>
  found.every((value, index) => Math.abs(value - (expected[index] ?? 0)) <= tolerance)

/** Inserts chunks after the header. */
const withChunks = (png: Buffer, ...chunks: [type: string, data: Buffer][]) =>
  Buffer.concat([
    png.subarray(0, 33),
    ...chunks.flatMap(([type, data]) => pngChunk(type, data)),
    png.subarray(33),
  ])
const words = (...values: number[]) => {
  const buffer = Buffer.alloc(4 * values.length)
  values.forEach((value, index) => {
    buffer.writeUInt32BE(value, 4 * index)
  })
  return buffer
}
const p3Points = Buffer.from([12, 13, 0, 1])
const p3Chromaticities = words(31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000)
const srgbChromaticities = words(31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000)
const red = [200, 50, 50] as const
const redFromP3 = [218, 24, 40]

t.test('PNG: cICP counts as a profile and takes precedence over iCCP', async t => {
  const plain = await fill(red).png().toBuffer()
  const file = withChunks(plain, ['cICP', p3Points])
  t.match(await inspect(file), { profile: 'p3' })
  const found = await colorOfResult(file, 'resize_w-20')
  t.ok(near(found, redFromP3), found.join())
  const kept = await render(file, 'encode_profile-p3')
  t.match(await sharp(kept.data).metadata(), { hasProfile: true })
  const untouched = [...(await sharp(kept.data, { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3)]
  t.strictSame(untouched, [...red], 'a P3 image stays as it is when P3 is asked for')
  const profiled = await fill(red).withIccProfile('p3').png().toBuffer()
  const srgb = withChunks(profiled, ['cICP', Buffer.from([1, 13, 0, 1])])
  t.match(await inspect(srgb), { profile: 'none' }, 'cICP takes precedence over iCCP')
})

t.test('PNG: gAMA and cHRM count as a profile unless they say sRGB', async t => {
  const plain = await fill(red).png().toBuffer()
  const p3 = withChunks(plain, ['gAMA', words(45_455)], ['cHRM', p3Chromaticities])
  const found = await colorOfResult(p3)
  t.ok(near(found, redFromP3), found.join())
  const linear = await colorOfResult(withChunks(plain, ['gAMA', words(100_000)]))
  t.ok(near(linear, [229, 122, 122]), linear.join())
  const grey = await sharp(await fill([50, 50, 50]).png().toBuffer())
    .toColourspace('b-w')
    .png()
    .toBuffer()
  const brighter = await colorOfResult(withChunks(grey, ['gAMA', words(100_000)]))
  t.ok(near(brighter, [122, 122, 122]), brighter.join())
  for (const chunks of [
    [
      ['gAMA', words(45_455)],
      ['cHRM', srgbChromaticities],
    ],
    [
      ['sRGB', Buffer.alloc(1)],
      ['gAMA', words(100_000)],
    ],
    [['gAMA', words(0)]],
    [['cHRM', words(0, 0, 0, 0, 0, 0, 0, 0)]],
    [['cHRM', Buffer.alloc(3)]],
    [['cICP', Buffer.from([12, 13, 1, 1])]],
  ] as [string, Buffer][][]) {
    const file = withChunks(plain, ...chunks)
    t.match(await inspect(file), { profile: 'none' }, chunks.map(([type]) => type).join())
  }
})

/** The content of a `colr` box that gives the colour space as code points of ITU-T H.273. */
const nclx = (primaries: number, transfer: number) =>
  Buffer.concat([Buffer.from('nclx', 'latin1'), Buffer.from([0, primaries, 0, transfer, 0, 6, 0x80])])

async function avifWith(color: readonly [number, number, number], points: Buffer, asGrid = false) {
  const item = await avifItem(size.width, size.height, fill(color))
  return avifContainer(asGrid ? [item, item] : [item], {
    colors: [points],
    ...(asGrid ? { primary: 3, derived: gridOf(2, 60, 24) } : {}),
  })
}

t.test('AVIF: nclx counts as a profile', async t => {
  const file = await avifWith(red, nclx(12, 13))
  t.match(await inspect(file), { profile: 'p3' })
  const found = await colorOfResult(file)
  t.ok(near(found, redFromP3, 4), found.join())
  const grid = await colorOfResult(await avifWith(red, nclx(12, 13), true))
  t.ok(near(grid, redFromP3, 4), `grid: ${grid.join()}`)
  const wide = await colorOfResult(await avifWith([180, 90, 80], nclx(9, 13)))
  t.ok(wide[0]! > 200 && wide[1]! < 90, `BT.2020: ${wide.join()}`)
  t.match(await inspect(await avifWith(red, nclx(1, 13))), { profile: 'none' })
  t.match(await inspect(await avifWith(red, nclx(2, 2))), { profile: 'none' })
})

t.test('AVIF: PQ and HLG are tone-mapped', async t => {
  const grey = (value: number): [number, number, number] => {
    const level = Math.round(value * 255)
    return [level, level, level]
  }
  /** The sRGB sample of linear light. */
  const encode = (light: number) =>
    255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055)
  for (const [transfer, toNits] of [
    [16, pqToNits],
    [18, hlgToNits],
  ] as const) {
    const at = async (value: number) =>
      (await colorOfResult(await avifWith(grey(value), nclx(9, transfer))))[1]!
    const middle = Math.round(0.35 * 255) / 255
    const expected = encode(toNits(middle) / 203)
    t.ok(Math.abs((await at(middle)) - expected) <= 3, `${transfer}: a middle tone stays, ${expected}`)
    const white = await at(transfer === 16 ? nitsToPq(203) : 0.75)
    t.ok(white > 215 && white < 245, `${transfer}: diffuse white is ${white}`)
    const peak = await at(transfer === 16 ? nitsToPq(1000) : 1)
    t.ok(peak >= 252, `${transfer}: a highlight is ${peak}`)
  }
})

t.test('HEIC: nclx counts as a profile', async t => {
  const at = cornersHeic.indexOf('colrprof', 0, 'latin1')
  t.ok(at > 0)
  const points = Buffer.from(cornersHeic)
  nclx(12, 13).copy(points, at + 4)
  t.match(await inspect(points), { format: 'heic', profile: 'p3' })
  const page = async (file: Buffer) =>
    (await decodePageToPng('heic', file, { page: 1, maxPixels: 10_000 })).png
  const [expected, found] = [await page(cornersHeic), await page(points)]
  const raw = (file: Buffer) => sharp(file).raw().toBuffer()
  const [left, right] = [await raw(expected), await raw(found)]
  t.ok(left.every((value, index) => Math.abs(value - (right[index] ?? 0)) <= 3))
})

t.test('JPEG: the colours of CMYK without a profile are multiplied by black, as in browsers', async t => {
  for (const color of [
    [200, 50, 50],
    [40, 90, 130],
    [255, 255, 255],
    [0, 0, 0],
  ] as const) {
    const printed = fill(color).toColourspace('cmyk')
    const file = await printed.clone().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer()
    t.match(await inspect(file), { space: 'cmyk' })
    const inks = await sharp(file).pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer()
    const black = 255 - (inks[3] ?? 0)
    const expected = [...inks.subarray(0, 3)].map(ink => Math.round(((255 - ink) * black) / 255))
    const found = await colorOfResult(file)
    t.ok(near(found, expected, 3), `${found.join()}, expected ${expected.join()}`)
    const profiled = await printed.clone().withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer()
    const converted = await colorOfResult(profiled)
    t.ok(near(converted, color, 40), `with a profile ${converted.join()}, expected ${color.join()}`)
  }
})

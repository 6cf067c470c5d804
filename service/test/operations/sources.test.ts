import sharp, { type Sharp } from 'sharp'
import { changesPixels } from '../../docs/examples.ts'
import { drawDemoWatermark } from '../../engine/demo-images.ts'
import { loadOperations } from '../../operations/registry.ts'
import { parseSteps } from '../../url/grammar.ts'
import { build } from '../support/build.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'
import { floatTiff, tiffFile } from '../support/tiff-file.ts'

/**
 * The tests of each operation check its result for an opaque image with 8 bits. This test applies the operations to the
 * same image as every other kind of original. With 16 bits, in CMYK and as a frame of an animation, the results must
 * look like those with 8 bits. A transparent image with 16 bits is compared with one with 8 bits, and a grey image, also
 * one of floats, with the same greys in RGB.
 */
const operations = await loadOperations()
const size = { width: 96, height: 64 }

/** Muted colours, which CMYK can represent, and a darker square that makes an edge. */
function paint(channels: 3 | 4, change = (value: number) => value): Sharp {
  const { width, height } = size
  const pixels = Buffer.alloc(width * height * channels)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = x > 24 && x < 48 && y > 16 && y < 40 ? -40 : 0
      const color = [
        110 + (60 * x) / width + inside,
        120 + (50 * y) / height + inside,
        130 - (30 * x) / width,
      ]
      const alpha = x + y < 30 ? 0 : Math.min(255, 90 + 2 * y)
      pixels.set([...color.map(change), alpha].slice(0, channels), (y * width + x) * channels)
    }
  }
  return sharp(pixels, { raw: { ...size, channels } })
}

const grey = () => paint(3).grayscale()

const originals: Record<string, () => Promise<Buffer>> = {
  opaque: () => paint(3).png().toBuffer(),
  deep: () => paint(3).toColourspace('rgb16').png().toBuffer(),
  cmyk: () => paint(3).toColourspace('cmyk').tiff().toBuffer(),
  transparent: () => paint(4).png().toBuffer(),
  deepTransparent: () => paint(4).toColourspace('rgb16').png().toBuffer(),
  grey: () => grey().toColourspace('b-w').png().toBuffer(),
  rgbGrey: async () =>
    sharp(await grey().png().toBuffer())
      .toColourspace('srgb')
      .png({ palette: false })
      .toBuffer(),
  greyFloats: drawGreyFloats,
  animated: animate,
}

/** The grey image as floats from 0 to 1. */
async function drawGreyFloats(): Promise<Buffer> {
  const samples = Float32Array.from(await grey().raw().toBuffer(), sample => sample / 255)
  return tiffFile([{ ...size, bits: [32], sampleFormat: 3, samples: Buffer.from(samples.buffer) }])
}

/** The image, and its negative as a second frame. */
async function animate(): Promise<Buffer> {
  const frames = [paint(3), paint(3, value => 255 - value)].map(frame => frame.ensureAlpha().raw().toBuffer())
  const pixels = Buffer.concat(await Promise.all(frames))
  const raw = { width: size.width, height: 2 * size.height, channels: 4, pageHeight: size.height } as const
  return sharp(pixels, { raw })
    .webp({ lossless: true, delay: [100, 100] })
    .toBuffer()
}

/** Pairs of originals whose results must look alike, and the largest mean difference of their samples. */
const alike: readonly { one: string; other: string; mean: number; why: string }[] = [
  { one: 'deep', other: 'opaque', mean: 1.5, why: '16 bits are rounded to 8 at another step' },
  { one: 'cmyk', other: 'opaque', mean: 9, why: 'the conversion to CMYK and back is lossy' },
  { one: 'deepTransparent', other: 'transparent', mean: 2.5, why: 'rounding weighs more at low alpha' },
  { one: 'grey', other: 'rgbGrey', mean: 1.5, why: 'luminance is rounded at another step' },
  { one: 'greyFloats', other: 'rgbGrey', mean: 1.5, why: 'floats are rounded to 8 bits' },
  { one: 'animated', other: 'opaque', mean: 1.5, why: 'sharp encodes lossless WebP with this difference' },
]

/** The mean difference of two images' visible samples; of animations, of their first frames. */
async function distance(one: Buffer, other: Buffer): Promise<number> {
  const read = (data: Buffer) =>
    sharp(data).toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const [a, b] = await Promise.all([read(one), read(other)])
  if (a.info.width !== b.info.width || a.info.height !== b.info.height) return 255
  const sum = a.data.reduce((total, sample, at) => {
    const weight = at % 4 === 3 ? 255 : Math.max(a.data[at | 3]!, b.data[at | 3]!)
    return total + (Math.abs(sample - b.data[at]!) * weight) / 255
  }, 0)
  return sum / a.data.length
}

const bench = await build(t)

t.test('every operation does the same to every kind of original', async t => {
  const ids: Record<string, string> = {}
  for (const [kind, make] of Object.entries(originals)) ids[kind] = (await bench.upload(await make())).id
  const mark = (await bench.upload(await drawDemoWatermark())).id

  for (const operation of operations.values()) {
    const { name, example, options: specs } = operation
    const [step] = parseSteps(example, operations)
    // A placeholder does not keep the image's pixels.
    if (step === undefined || name === 'placeholder' || !changesPixels(operations, operation)) continue
    const images = Object.keys(specs).filter(option => specs[option]!.kind === 'image')
    const input = { op: name, ...step.options, ...Object.fromEntries(images.map(option => [option, mark])) }
    const render = async (kind: string) => {
      const format = kind === 'animated' ? 'webp' : 'png'
      const lossless = { op: 'encode', lossless: true }
      const url = await bench.sign({ imageId: ids[kind]!, operations: [input, lossless], format })
      return bytesOf(await bench.get(url))
    }
    const results = new Map<string, Buffer>()
    for (const kind of Object.keys(originals)) results.set(kind, await render(kind))
    for (const { one, other, mean, why } of alike) {
      const difference = await distance(results.get(one)!, results.get(other)!)
      t.ok(
        difference <= mean,
        `${example}: ${one} differs from ${other} by ${difference.toFixed(2)}, at most ${mean}: ${why}`,
      )
    }
    const { pages = 1 } = await sharp(results.get('animated')!).metadata()
    t.equal(pages, 2, `${example}: both frames are kept`)
  }
})

t.test('a TIFF of floats is shown by the range of its values', async t => {
  const cases: [name: string, values: number[], shown: number[]][] = [
    ['from 0 to 1', [0, 0.25, 0.5, 1], [0, 64, 128, 255]],
    ['within 0 to 1', [0.25, 0.5], [64, 128]],
    ['from 0 to 255', [0, 10, 200], [0, 10, 200]],
    ['with negative values', [-1, 0, 1], [0, 128, 255]],
    ['above 255', [1000, 2000, 4000], [0, 85, 255]],
    [
      'with values that are not finite',
      [Number.NEGATIVE_INFINITY, 0, 1, Number.POSITIVE_INFINITY],
      [0, 0, 255, 255],
    ],
    ['of one value', [4000, 4000], [0, 0]],
  ]
  for (const [name, values, shown] of cases) {
    const { id } = await bench.upload(floatTiff(values))
    const url = await bench.sign(`/processed/${bench.userId}/${id}.png`)
    const pixels = await sharp(await bytesOf(await bench.get(url)))
      .toColourspace('b-w')
      .raw()
      .toBuffer()
    t.strictSame([...pixels], shown, `grey ${name}`)
  }
  // linear light, of which 0.216 gives half of the levels
  const { id } = await bench.upload(floatTiff([0, 0.2159, 1, 0, 0, 9], 3))
  const url = await bench.sign(`/processed/${bench.userId}/${id}.png`)
  const colors = await sharp(await bytesOf(await bench.get(url)))
    .raw()
    .toBuffer()
  t.strictSame([...colors], [0, 128, 255, 0, 0, 255], 'colours')
})

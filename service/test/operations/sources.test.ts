import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import { changesPixels } from '../../docs/examples.ts'
import { drawDemoWatermark } from '../../engine/demo-images.ts'
import { loadOperations } from '../../operations/registry.ts'
import { parseSteps } from '../../url/grammar.ts'
import { build } from '../support/build.ts'
import { bytesOf } from '../support/session.ts'

/**
 * One picture in every kind of original: whatever an operation does to the opaque one of 8 bits (tests of its own hold
 * that to its formula), it must do to the same picture with 16 bits, in CMYK, as a frame of an animation, and with
 * transparency; and to a grey one what it does to the same greys as colours.
 */
const operations = await loadOperations()
const size = { width: 96, height: 64 }

/** Soft muted colours, which CMYK can hold, and a darker square that makes an edge. */
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
  cmyk: () => paint(3).toColourspace('cmyk').jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
  clear: () => paint(4).png().toBuffer(),
  deepClear: () => paint(4).toColourspace('rgb16').png().toBuffer(),
  grey: () => grey().toColourspace('b-w').png().toBuffer(),
  colouredGrey: async () =>
    sharp(await grey().png().toBuffer())
      .toColourspace('srgb')
      .png({ palette: false })
      .toBuffer(),
  animated: animate,
}

/** The picture, and its negative as a second frame. */
async function animate(): Promise<Buffer> {
  const frames = [paint(3), paint(3, value => 255 - value)].map(frame => frame.ensureAlpha().raw().toBuffer())
  const pixels = Buffer.concat(await Promise.all(frames))
  const raw = { width: size.width, height: 2 * size.height, channels: 4, pageHeight: size.height } as const
  return sharp(pixels, { raw })
    .webp({ lossless: true, delay: [100, 100] })
    .toBuffer()
}

/** Which must look alike, and by how much their samples may differ in the mean. */
const alike: readonly { one: string; other: string; mean: number; why: string }[] = [
  { one: 'deep', other: 'opaque', mean: 1.5, why: '16 bits round to 8 at another place' },
  { one: 'cmyk', other: 'opaque', mean: 9, why: 'a profile there and back is no identity' },
  { one: 'deepClear', other: 'clear', mean: 2.5, why: 'and more where little of a colour is left' },
  { one: 'grey', other: 'colouredGrey', mean: 1.5, why: 'luminance is rounded at another place' },
  { one: 'animated', other: 'opaque', mean: 1.5, why: 'as sharp writes WebP without loss' },
]

/** The mean difference of two pictures' samples, where they can be seen; the first frames of animations. */
async function distance(one: Buffer, other: Buffer): Promise<number> {
  const read = (data: Buffer) =>
    sharp(data).toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const [a, b] = await Promise.all([read(one), read(other)])
  if (a.info.width !== b.info.width || a.info.height !== b.info.height) return 255
  const sum = a.data.reduce((total, sample, at) => {
    const seen = at % 4 === 3 ? 255 : Math.max(a.data[at | 3]!, b.data[at | 3]!)
    return total + (Math.abs(sample - b.data[at]!) * seen) / 255
  }, 0)
  return sum / a.data.length
}

t.test('an operation does the same to every kind of original', async t => {
  const bench = await build(t)
  const ids: Record<string, string> = {}
  for (const [kind, make] of Object.entries(originals)) ids[kind] = (await bench.upload(await make())).id
  const mark = (await bench.upload(await drawDemoWatermark())).id

  for (const operation of operations.values()) {
    const { name, example, options: specs } = operation
    const [step] = parseSteps(example, operations)
    // a placeholder is no picture of the picture
    if (step === undefined || name === 'placeholder' || !changesPixels(operations, operation)) continue
    const images = Object.keys(specs).filter(option => specs[option]!.kind === 'image')
    const asked = { op: name, ...step.options, ...Object.fromEntries(images.map(option => [option, mark])) }
    const develop = async (kind: string) => {
      const format = kind === 'animated' ? 'webp' : 'png'
      const lossless = { op: 'encode', lossless: true }
      const url = await bench.sign({ imageId: ids[kind]!, operations: [asked, lossless], format })
      return bytesOf(await bench.get(url))
    }
    const made = new Map<string, Buffer>()
    for (const kind of Object.keys(originals)) made.set(kind, await develop(kind))
    for (const { one, other, mean, why } of alike) {
      const apart = await distance(made.get(one)!, made.get(other)!)
      t.ok(apart <= mean, `${example}: ${one} is ${apart.toFixed(2)} from ${other}, at most ${mean}: ${why}`)
    }
    const { pages = 1 } = await sharp(made.get('animated')!).metadata()
    t.equal(pages, 2, `${example}: both frames are there`)
  }
})

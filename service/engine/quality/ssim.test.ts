import sharp, { type Sharp } from 'sharp'
import t from '../../test/support/tap.ts'
import { channelPlane, type InterleavedPixels, lumaPlane, sampleBands } from './planes.ts'
import { ssim } from './ssim.ts'

async function pixels(image: Sharp): Promise<InterleavedPixels> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, channels: info.channels }
}

/** Waves of many wavelengths, edges and a slow ramp. */
const samples = new Uint8Array(300 * 201 * 3).map((_, index) => {
  const [x, y] = [Math.floor(index / 3) % 300, Math.floor(index / 900)]
  const edge = x > 200 && y > 90 ? 60 : 0
  return 110 + 40 * Math.sin((x * x) / 400) + 30 * Math.cos(y / 3 + x / 9) - edge + y / 10
})
const image = await sharp(samples, { raw: { width: 300, height: 201, channels: 3 } })
  .png()
  .toBuffer()
const reference = lumaPlane(await pixels(sharp(image)))
const similarityTo = async (other: Buffer | Sharp) =>
  ssim(reference, lumaPlane(await pixels(Buffer.isBuffer(other) ? sharp(other) : other)))

t.test('equal planes have SSIM 1, and SSIM is symmetric', async t => {
  t.equal(ssim(reference, reference), 1)
  const blurred = lumaPlane(await pixels(sharp(image).blur(2)))
  t.equal(ssim(reference, blurred), ssim(blurred, reference))
  t.throws(() => ssim(reference, { ...blurred, width: 299 }), RangeError)
})

t.test('SSIM falls with JPEG quality, blur and noise', async t => {
  const falls = async (name: string, images: (Buffer | Sharp)[]) => {
    const values = await Promise.all(images.map(similarityTo))
    t.ok(
      values.every((value, index) => value < (values[index - 1] ?? 1)),
      `${name}: ${values.map(value => value.toFixed(4))}`,
    )
    return values
  }
  const qualities = [95, 80, 60, 40, 20, 5]
  const jpegs = await Promise.all(qualities.map(quality => sharp(image).jpeg({ quality }).toBuffer()))
  const values = await falls('JPEG quality', jpegs)
  t.ok(values[0]! > 0.98 && values.at(-1)! < 0.9, 'over a wide range')
  await falls(
    'blur',
    [1, 2, 4].map(sigma => sharp(image).blur(sigma)),
  )
  const noisy = async (amplitude: number) => {
    const { data, ...rest } = await pixels(sharp(image))
    const loud = data.map((value, index) =>
      Math.max(0, Math.min(255, value + amplitude * Math.sin(index * 12.9898))),
    )
    return ssim(reference, lumaPlane({ data: loud, ...rest }))
  }
  const noise = [await noisy(2), await noisy(6), await noisy(20)]
  t.ok(noise[0]! < 1 && noise[1]! < noise[0]! && noise[2]! < noise[1]!, `noise: ${noise}`)
})

t.test('SSIM detects structure that the mean error misses', async t => {
  // both differ by 10 levels everywhere: one is lighter, the other has a grid
  const grey = { samples: new Uint8Array(6400).map((_, at) => 100 + (at % 80)), width: 80, height: 80 }
  const lighter = { ...grey, samples: grey.samples.map(value => value + 10) }
  const gridded = {
    ...grey,
    samples: grey.samples.map((value, at) => value + ((at + Math.floor(at / 80)) % 2 ? 10 : -10)),
  }
  t.ok(ssim(grey, lighter) > 0.98)
  t.ok(ssim(grey, gridded) < 0.5)
})

t.test(
  'flat windows differ in luminance only: SSIM equals equation 13 of its paper, computed by hand',
  async t => {
    const flat = (value: number) => ({ samples: new Uint8Array(64).fill(value), width: 8, height: 8 })
    const expected = (2 * 100 * 150 + 6.5025) / (100 ** 2 + 150 ** 2 + 6.5025)
    t.ok(Math.abs(ssim(flat(100), flat(150)) - expected) < 1e-12)
    const small = (value: number) => ({ samples: new Uint8Array(6).fill(value), width: 2, height: 3 })
    t.ok(
      Math.abs(ssim(small(100), small(150)) - expected) < 1e-12,
      'a plane smaller than a window is one window',
    )
  },
)

t.test('luma follows BT.601, grey is unchanged, a channel is extracted', async t => {
  const colors = { data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255), width: 3, height: 1, channels: 3 }
  t.strictSame([...lumaPlane(colors).samples], [76, 150, 29])
  t.strictSame([...lumaPlane({ ...colors, width: 9, channels: 1 }).samples], [...colors.data])
  t.strictSame([...channelPlane(colors, 2).samples], [0, 0, 255])
})

t.test('sampled bands represent a large image', async t => {
  const large = sharp(image).resize(2400, 1608, { kernel: 'nearest' })
  const whole = await pixels(large)
  t.equal(sampleBands(await pixels(sharp(image))).height, 201, 'a small image is not sampled')
  const part = sampleBands(whole)
  t.ok(part.width === 2400 && part.width * part.height <= 1_000_000, `${part.height} rows`)
  t.equal(part.data.length, part.width * part.height * part.channels)
  const coarse = await pixels(sharp(await large.clone().jpeg({ quality: 20 }).toBuffer()))
  const all = ssim(lumaPlane(whole), lumaPlane(coarse))
  t.ok(Math.abs(all - ssim(lumaPlane(part), lumaPlane(sampleBands(coarse)))) < 0.01, `${all}`)
  for (const [width, height] of [
    [8192, 8192],
    [1_000_001, 1],
    [3, 500_000],
  ] as const) {
    const odd = sampleBands({ data: new Uint8Array(width * height), width, height, channels: 1 })
    t.ok(odd.data.length === odd.width * odd.height && odd.data.length <= 1_100_000, `${width}x${height}`)
  }
})

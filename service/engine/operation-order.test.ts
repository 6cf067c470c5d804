import fc from 'fast-check'
import sharp, { type Sharp } from 'sharp'
import { DarkroomError } from '../errors/catalogue.ts'
import t from '../test/support/tap.ts'
import { arbitraryChains, operationVariants } from './operation-chains.test.data.ts'
import { difference, drawTestImage, inspect, operations, render } from './rendering.test.data.ts'

/** Variants that the operations' examples do not cover. */
const more = [
  'resize_w-70',
  'resize_w-60,h-60',
  'resize_h-90,w-40,fit-contain,bg-f00',
  'resize_w-100,h-30,fit-fill',
  'resize_w-50,h-50,g-smart',
  'crop_x-5,y-3,w-60,h-40',
  'crop_w-0.6,h-0.7,g-southeast',
  'rotate_a-33,bg-0a0',
  'rotate_a--12',
]

const sources = {
  opaque: await drawTestImage(120, 80).png().toBuffer(),
  clear: await drawTestImage(90, 110, 4).png().toBuffer(),
  grey: await drawTestImage(100, 70).toColourspace('b-w').png().toBuffer(),
  greyClear: await drawTestImage(80, 90, 4).toColourspace('b-w').png().toBuffer(),
  deep: await drawTestImage(110, 80).toColourspace('rgb16').png().toBuffer(),
  deepClear: await drawTestImage(80, 100, 4).toColourspace('rgb16').png().toBuffer(),
  deepGrey: await drawTestImage(90, 80).toColourspace('grey16').png().toBuffer(),
  print: await drawTestImage(100, 90)
    .toColourspace('cmyk')
    .withIccProfile('cmyk')
    .jpeg({ quality: 95 })
    .toBuffer(),
  moving: await moving(),
} as const

/** Three different frames with transparent parts. */
async function moving(): Promise<Buffer> {
  const frames = [5, 9, 14].map(wave => drawTestImage(70, 60, 4, wave).png().toBuffer())
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .webp({ lossless: true, delay: [40, 50, 60] })
    .toBuffer()
}

t.test('fused operations give the same result as running them one by one', async t => {
  const variants = [
    ...operationVariants(operations),
    ...more.map(text => ({ text, dependsOnPixels: text.includes('smart') })),
  ]
  const names = Object.keys(sources) as (keyof typeof sources)[]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), arbitraryChains(variants), async (name, chain) => {
      const { mean, far } = await apart(name, chain)
      // each separate step is rounded to 8 bits, which leaves little of a nearly transparent image, and sharpening
      // amplifies it: 2,000 random chains had a mean of at most 2, while a wrong order has 9 and more
      if (mean > 2.5 || far > 0.01) throw new Error(`${name} ${chain.join('_')}: ${mean}, ${far}`)
    }),
    { numRuns: 80, seed: 5 },
  )
  t.pass('80 random chains')
})

/** Difference between a chain's result and that of its operations run one by one. */
async function apart(name: keyof typeof sources, chain: readonly string[]) {
  const moves = name === 'moving'
  const run = (data: Buffer, text: string) =>
    moves ? render(data, `${text}_encode_lossless-1`, 'webp') : render(data, text)
  const fused = await run(sources[name], chain.join('_')).catch(skipRefused)
  let stepwise: Buffer = sources[name]
  for (const one of chain) stepwise = (await run(stepwise, one)).data
  return difference(fused.data, stepwise)
}

/** Some chains cannot be served: a crop region may lie outside the image that previous steps produce. */
function skipRefused(error: unknown): never {
  if (error instanceof DarkroomError && error.code === 'bad-url') fc.pre(false)
  throw error
}

t.test('a JPEG decoded with shrink-on-load has the planned size and look', async t => {
  for (const [width, height] of [
    [1001, 667],
    [803, 997],
    [640, 480],
    [999, 334],
  ] as const) {
    const jpeg = await drawTestImage(width, height, 3, 40).jpeg({ quality: 95 }).toBuffer()
    for (const to of [37, 100, 123, 250, 333]) {
      const { data } = await render(jpeg, `resize_w-${to}`)
      const plain = await drawTestImage(width, height, 3, 40).resize(to, undefined).png().toBuffer()
      const { mean } = await difference(data, plain)
      t.ok(mean < 2.5, `${width}x${height} to ${to}: ${mean}`)
    }
  }
})

t.test('rotation by any angle has the planned size', async () => {
  const size = fc.integer({ min: 1, max: 160 })
  await fc.assert(
    fc.asyncProperty(
      size,
      size,
      fc.integer({ min: -36000, max: 36000 }),
      async (width, height, hundredths) => {
        const image = await drawTestImage(width, height).png().toBuffer()
        await render(image, `rotate_a-${hundredths / 100}`)
      },
    ),
    { numRuns: 40, seed: 3 },
  )
})

t.test('EXIF orientation is applied before all operations', async t => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    // the pixels as a camera in that orientation stores them
    const turned = await sharp(await drawTestImage(120, 80).png().toBuffer())
      .withMetadata({ orientation: 1 })
      .png()
      .toBuffer()
    const stored = await inverse(sharp(turned), orientation)
      .withExif({})
      .withMetadata({ orientation })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer()
    const facts = await inspect(stored)
    t.match(facts, { width: 120, height: 80, orientation })
    for (const chain of [
      '',
      'resize_w-60',
      'crop_x-0,y-0,w-40,h-20',
      'resize_w-50,h-50',
      'resize_w-50,h-50,g-smart',
      'rotate_a-90_resize_w-40',
    ]) {
      const upright = await render(
        await drawTestImage(120, 80).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
        chain,
      )
      const { mean } = await difference((await render(stored, chain)).data, upright.data)
      t.ok(mean < 2, `${orientation} ${chain}: ${mean}`)
    }
  }
})

/** Transforms an upright image so that the given orientation (1–8) makes it upright again. */
function inverse(image: Sharp, orientation: number): Sharp {
  const flopped = [2, 4, 5, 7].includes(orientation)
  const angle = { 3: 180, 4: 180, 5: 270, 6: 270, 7: 90, 8: 90 }[orientation] ?? 0
  return flopped ? image.rotate(angle).flop() : image.rotate(angle)
}

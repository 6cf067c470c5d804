import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import { loadOperations } from '../operations/registry.ts'
import type { OutputFormat } from '../plan/formats.ts'
import { planDerivative } from '../plan/plan.ts'
import { parseSteps } from '../url/grammar.ts'
import { complete } from '../url/step.ts'
import { createEngine } from './engine.ts'

const operations = await loadOperations()
const engine = createEngine({ concurrency: 2, queueLimit: 100, maxPixels: 1_000_000 })
const folder = await mkdtemp(join(tmpdir(), 'darkroom-engine-'))
t.teardown(() => rm(folder, { recursive: true }))
const ticket = { tenant: 'tenant' }

const steps = (chain: string) =>
  parseSteps(chain, operations).flatMap(step => {
    const operation = operations.get(step.op)
    return operation ? [{ operation, options: complete(step, operations) }] : []
  })

let files = 0
async function inspect(data: Buffer) {
  const path = join(folder, String(files++))
  await writeFile(path, data)
  return engine.inspect(path, ticket)
}

async function develop(data: Buffer, chain: string, format: OutputFormat = 'png') {
  const plan = planDerivative(await inspect(data), steps(chain), format)
  const developed = await engine.develop(async () => data, plan, ticket)
  t.strictSame(
    { width: developed.width, height: developed.height },
    { width: plan.width, height: plan.height },
    `${chain || 'nothing'}: the pixels have the size of the plan`,
  )
  return developed
}

/** A picture without symmetry: soft areas, edges and a corner that is unlike the others. */
function draw(width: number, height: number, channels: 3 | 4 = 3, wave = 5): Sharp {
  const pixels = Buffer.alloc(width * height * channels)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels
      pixels[at] = (255 * x) / width
      pixels[at + 1] = (255 * y) / height
      pixels[at + 2] = x < width / 3 && y < height / 4 ? 230 : 128 + 60 * Math.sin(x / wave)
      if (channels === 4) pixels[at + 3] = x + y < width / 2 ? 0 : 255 - (100 * y) / height
    }
  }
  return sharp(pixels, { raw: { width, height, channels } })
}

async function difference(one: Buffer, other: Buffer) {
  const read = (data: Buffer) => sharp(data).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const [a, b] = await Promise.all([read(one), read(other)])
  if (a.info.width !== b.info.width || a.info.height !== b.info.height) return { mean: 999, far: 1 }
  let sum = 0
  let far = 0
  for (let index = 0; index < a.data.length; index++) {
    // where nothing can be seen, colours do not count
    const alpha = Math.max(a.data[index | 3] ?? 0, b.data[index | 3] ?? 0) / 255
    const delta = Math.abs((a.data[index] ?? 0) - (b.data[index] ?? 0)) * ((index & 3) === 3 ? 1 : alpha)
    sum += delta
    if (delta > 24) far++
  }
  return { mean: sum / a.data.length, far: far / a.data.length }
}

t.test('operations apply from left to right, whatever is fused', async t => {
  const link = fc.constantFrom(
    'resize_w-70',
    'resize_w-60,h-60',
    'resize_h-90,w-40,fit-contain,bg-f00',
    'resize_w-100,h-30,fit-fill',
    'crop_x-5,y-3,w-60,h-40',
    'crop_w-0.6,h-0.7,g-southeast',
    'rotate_a-90',
    'rotate_a-180',
    'rotate_a-33,bg-0a0',
    'rotate_a--12',
    'flip',
    'flip_d-v',
    'blur_s-1.5',
    'sharpen_s-1',
    'grayscale',
  )
  // what stands out is decided on pixels, so a last bit may move the crop: it is compared where both see the same
  const smart = fc.constantFrom([], ['resize_w-50,h-50,g-smart'])
  const pictures = {
    opaque: await draw(120, 80).png().toBuffer(),
    clear: await draw(90, 110, 4).png().toBuffer(),
    grey: await draw(100, 70).toColourspace('b-w').png().toBuffer(),
    greyClear: await draw(80, 90, 4).toColourspace('b-w').png().toBuffer(),
  }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('opaque' as const, 'clear' as const, 'grey' as const, 'greyClear' as const),
      smart,
      fc.array(link, { minLength: 1, maxLength: 4 }),
      async (name, first, rest) => {
        const chain = [...first, ...rest]
        const picture = pictures[name]
        const fused = await develop(picture, chain.join('_'))
        let stepwise: Buffer = picture
        for (const one of chain) stepwise = (await develop(stepwise, one)).data
        const { mean, far } = await difference(fused.data, stepwise)
        // each step alone ends in 8 bits, of which little is left where a picture is nearly transparent, and sharpening
        // magnifies it: 1,000 random chains had a mean of 1.5 at most, where a wrong order has 9 and more
        if (mean > 2.5 || far > 0.01) throw new Error(`${name} ${chain.join('_')}: ${mean}, ${far}`)
      },
    ),
    { numRuns: 60, seed: 5 },
  )
  t.pass('60 random chains')
})

t.test('a JPEG that is shrunk while it is loaded has the planned size and the right look', async t => {
  for (const [width, height] of [
    [1001, 667],
    [803, 997],
    [640, 480],
    [999, 334],
  ] as const) {
    const jpeg = await draw(width, height, 3, 40).jpeg({ quality: 95 }).toBuffer()
    for (const to of [37, 100, 123, 250, 333]) {
      const { data } = await develop(jpeg, `resize_w-${to}`)
      const plain = await draw(width, height, 3, 40).resize(to, undefined).png().toBuffer()
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
        const picture = await draw(width, height).png().toBuffer()
        await develop(picture, `rotate_a-${hundredths / 100}`)
      },
    ),
    { numRuns: 40, seed: 3 },
  )
})

t.test('colours: sRGB comes out, whatever profile went in', async t => {
  const red = sharp({ create: { width: 32, height: 32, channels: 3, background: { r: 200, g: 40, b: 40 } } })
  const colorOf = async (data: Buffer) => [...(await sharp(data).resize(1, 1).removeAlpha().raw().toBuffer())]
  const near = (found: number[], wanted: number[]) =>
    found.every((value, index) => Math.abs(value - (wanted[index] ?? 0)) <= 8)
  const sources = {
    none: await red.clone().png().toBuffer(),
    srgb: await red.clone().withIccProfile('srgb').png().toBuffer(),
    p3: await red.clone().withIccProfile('p3').png().toBuffer(),
    cmyk: await red.clone().toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer(),
  }
  for (const [name, source] of Object.entries(sources)) {
    const { data } = await develop(source, 'resize_w-16')
    t.ok(near(await colorOf(data), [200, 40, 40]), `${name}: ${await colorOf(data)}`)
    t.equal((await sharp(data).metadata()).icc, undefined, `${name}: no profile is left`)
  }
  t.equal((await inspect(sources.p3)).profile, 'p3')
  t.equal((await inspect(sources.srgb)).profile, 'srgb')
  t.equal((await inspect(sources.cmyk)).space, 'cmyk')
  for (const chain of [
    'encode_profile-keep',
    'encode_profile-p3',
    'blur_s-1_resize_w-16_encode_profile-p3',
  ]) {
    const { data } = await develop(sources.p3, chain, 'jpg')
    const kept = await sharp(data).metadata()
    t.ok(kept.icc, `${chain}: the profile is there`)
    const seen = [...(await sharp(data).resize(1, 1).raw().toBuffer())]
    t.ok(near(seen, [200, 40, 40]), `${chain}: and its colours are the same, ${seen}`)
  }
})

t.test('metadata is stripped, or kept as asked', async t => {
  const exif = {
    IFD0: { Copyright: 'Ansel Adams', Artist: 'AA', ImageDescription: 'secret place' },
    IFD3: { GPSLatitude: '51/1 30/1 0/1' },
  }
  const source = await draw(60, 40).withExif(exif).jpeg().toBuffer()
  const exifOf = async (chain: string) => {
    const { data } = await develop(source, chain, 'jpg')
    return (await sharp(data).metadata()).exif?.toString('latin1') ?? ''
  }
  t.equal(await exifOf('resize_w-30'), '')
  for (const chain of ['encode_meta-copyright', 'blur_s-1_resize_w-30_encode_meta-copyright']) {
    t.match(await exifOf(chain), /Ansel Adams/, chain)
    t.notMatch(await exifOf(chain), /secret place/, chain)
  }
  for (const chain of ['encode_meta-keep', 'blur_s-1_resize_w-30_encode_meta-keep'])
    t.match(await exifOf(chain), /secret place/, chain)
})

t.test('transparency becomes white where the format has none, and stays where it has', async t => {
  const clear = await sharp({
    create: { width: 40, height: 40, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
  })
    .png()
    .toBuffer()
  const corner = async (chain: string, format: OutputFormat) => [
    ...(await sharp((await develop(clear, chain, format)).data)
      .ensureAlpha()
      .extract({ left: 0, top: 0, width: 1, height: 1 })
      .raw()
      .toBuffer()),
  ]
  for (const chain of ['', 'resize_w-20', 'rotate_a-45', 'blur_s-1_rotate_a-45_resize_w-20']) {
    t.strictSame(await corner(chain, 'jpg'), [255, 255, 255, 255], `jpg ${chain}`)
    t.equal((await corner(chain, 'webp'))[3], 0, `webp ${chain}`)
  }
  const solid = await draw(40, 40).png().toBuffer()
  const rotated = await develop(solid, 'rotate_a-45', 'jpg')
  const corners = await sharp(rotated.data).extract({ left: 0, top: 0, width: 2, height: 2 }).raw().toBuffer()
  t.ok(Math.min(...corners) > 230, 'the corners of a rotated JPEG are white')
})

t.test('every encoder honours what was asked', async t => {
  const source = await draw(200, 150).png().toBuffer()
  const bytes = async (chain: string, format: OutputFormat) => (await develop(source, chain, format)).data
  for (const format of ['jpg', 'webp', 'avif'] as const) {
    const low = await bytes('encode_q-20', format)
    const high = await bytes('encode_q-95', format)
    t.ok(low.length < high.length, `${format}: a lower quality is smaller`)
  }
  for (const format of ['png', 'webp', 'avif', 'tiff'] as const) {
    const { mean } = await difference(await bytes('encode_lossless-1', format), source)
    t.equal(mean, 0, `${format}: lossless is lossless`)
  }
  t.equal((await sharp(await bytes('encode_progressive-1', 'jpg')).metadata()).isProgressive, true)
  t.equal((await sharp(await bytes('encode_q-60', 'png')).metadata()).isPalette, true)
  for (const format of ['jpg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const) {
    for (const effort of [0, 9])
      t.ok((await bytes(`encode_effort-${effort}`, format)).length > 100, `${format} effort ${effort}`)
  }
})

t.test('what is no image, damaged or too large is refused, each in its own way', async t => {
  const refused = (data: Buffer, code: string, about: string) => t.rejects(inspect(data), { code }, about)
  await refused(Buffer.from('hello, this is text'), 'not-an-image', 'text')
  await refused(
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    'not-an-image',
    'SVG has no loader here',
  )
  await refused(await draw(1001, 1000).png().toBuffer(), 'too-many-pixels', 'more pixels than allowed')
  for (const format of ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const) {
    const whole = await draw(200, 150).toFormat(format).toBuffer()
    t.ok(await inspect(whole), `${format} whole`)
    await refused(whole.subarray(0, whole.length >> 1), 'undecodable', `half a ${format}`)
  }
  const facts = await inspect(await draw(200, 150).jpeg().toBuffer())
  const half = await draw(200, 150).jpeg().toBuffer()
  await t.rejects(
    engine.develop(
      async () => half.subarray(0, half.length >> 1),
      planDerivative(facts, steps('resize_w-50'), 'jpg'),
      ticket,
    ),
    {
      code: 'undecodable',
    },
  )
})

t.test('EXIF orientation counts before everything', async t => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    // the pixels as a camera held in that way stores them
    const turned = await sharp(await draw(120, 80).png().toBuffer())
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
      const upright = await develop(
        await draw(120, 80).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
        chain,
      )
      const { mean } = await difference((await develop(stored, chain)).data, upright.data)
      t.ok(mean < 2, `${orientation} ${chain}: ${mean}`)
    }
  }
})

/** Turns an upright picture into what an orientation of 1–8 turns upright again. */
function inverse(picture: Sharp, orientation: number): Sharp {
  const flopped = [2, 4, 5, 7].includes(orientation)
  const angle = { 3: 180, 4: 180, 5: 270, 6: 270, 7: 90, 8: 90 }[orientation] ?? 0
  return flopped ? picture.rotate(angle).flop() : picture.rotate(angle)
}

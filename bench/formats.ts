/**
 * `node dist/bench/formats.js [--width PIXELS] [--graphics] [FILE…]`: the tables of the documentation's page on formats. For each kind
 * of picture and each format it prints the CPU time of the first answer, the bytes of the first answer and of the final
 * version, their SSIM against the unencoded pixels, the bytes at equal SSIM, and the bytes without loss. Without files it
 * draws the pictures. Files are photographs, or graphics if the option says so; their table has means.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Sharp } from 'sharp'
import type { RenderedImage } from '../service/engine/encode/output.ts'
import type { LoadSource } from '../service/engine/engine.ts'
import { openEncoded } from '../service/engine/quality/open-encoded.ts'
import { type SimilarityScore, scoreByChannel, scoreByLuma } from '../service/engine/quality/similarity.ts'
import { createEngine } from '../service/engine/sharp-engine.ts'
import { openIntermediate } from '../service/engine/sources/libvips.ts'
import type { RenderSource } from '../service/engine/sources/render-source.ts'
import { loadOperations } from '../service/operations/registry.ts'
import type { ImageFacts } from '../service/plan/facts.ts'
import type { OutputFormat } from '../service/plan/formats.ts'
import { planDerivative } from '../service/plan/plan.ts'
import { toPlannedSteps } from '../service/plan/planned-steps.ts'
import { planStandin } from '../service/plan/standin.ts'
import { parseSteps } from '../service/url/grammar.ts'
import { type FormatSample, formatSamples } from './format-samples.ts'

/** Codec time of one comparison, in seconds. */
const seconds = 60
/** First answers that are timed; the fastest counts, as anything else the machine does only adds to it. */
const timings = 3
const tenant = { tenant: 'bench' }
/** Effort of the encodings that are compared at equal SSIM: that of the final version. */
const candidates: readonly { format: OutputFormat; effort: string }[] = [
  { format: 'jpg', effort: '' },
  { format: 'webp', effort: '' },
  { format: 'avif', effort: ',effort-4' },
  { format: 'jxl', effort: ',effort-5' },
]

/** The results of a format for one picture. */
interface Row {
  readonly firstMs: number
  readonly firstBytes: number
  readonly finalBytes: number
  readonly finalSsim: number
  /** Undefined where no quality reaches the SSIM. */
  readonly equalBytes: number | undefined
  /** Undefined for JPEG, which has no lossless mode here. */
  readonly losslessBytes: number | undefined
}

const operations = await loadOperations()

/** Renders one picture by chains of operations. */
class Subject {
  readonly #facts: ImageFacts
  readonly #load: LoadSource<RenderSource>
  readonly #chain: string

  constructor(file: Buffer, facts: ImageFacts, width: number | undefined) {
    this.#facts = facts
    this.#load = async () => ({ original: file, images: new Map() })
    this.#chain = width === undefined ? '' : `resize_w-${width}`
  }

  plan(format: OutputFormat, encode = '') {
    const chain = [this.#chain, encode && `encode_${encode}`].filter(part => part !== '').join('_')
    return planDerivative(
      { facts: this.#facts },
      toPlannedSteps(operations, parseSteps(chain, operations)),
      format,
    )
  }

  async render(format: OutputFormat, encode: string): Promise<RenderedImage> {
    return engine.render(this.#load, this.plan(format, encode), tenant)
  }

  /** The first answer with its milliseconds of CPU time, and the final version, as the service makes them. */
  async deliver(format: OutputFormat) {
    const plan = this.plan(format)
    const plans = planStandin(plan)
    let [firstMs, first] = await timed(() => engine.render(this.#load, plans?.standin ?? plan, tenant))
    for (let round = 1; round < timings; round++) {
      const [ms, image] = await timed(() => engine.render(this.#load, plans?.standin ?? plan, tenant))
      if (ms < firstMs) [firstMs, first] = [ms, image]
    }
    if (plans === undefined) return { firstMs, first, final: first }
    const better = await engine.refine(this.#load, plans.final, first, tenant)
    return { firstMs, first, final: better ?? first }
  }
}

/** Measures CPU time, which other processes of the machine do not change. */
async function timed<T>(work: () => Promise<T>): Promise<[ms: number, result: T]> {
  const started = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(started)
  return [(user + system) / 1000, result]
}

async function measure({ file, width, byLuma }: FormatSample, path: string): Promise<Record<string, Row>> {
  await writeFile(path, file)
  const subject = new Subject(file, await engine.inspect(path, tenant), width)
  const { data } = await subject.render('png', 'lossless-1')
  const score = await (byLuma ? scoreByLuma : scoreOnWhite)(openIntermediate(data, seconds))
  const target = await ssimOf(score, await subject.render('webp', 'q-79'), 'webp')
  const rows: Record<string, Row> = {}
  for (const candidate of candidates)
    rows[candidate.format] = await measureFormat(subject, candidate, score, target)
  const png = await subject.deliver('png')
  const { length } = png.final.data
  rows.png = {
    firstMs: png.firstMs,
    firstBytes: length,
    finalBytes: length,
    finalSsim: 1,
    equalBytes: undefined,
    losslessBytes: length,
  }
  return rows
}

/** The lowest SSIM of the three colours, as seen on a white page. */
async function scoreOnWhite(pixels: Sharp): Promise<SimilarityScore> {
  const onWhite = (one: Sharp) => one.toColourspace('srgb').flatten({ background: '#fff' })
  const score = await scoreByChannel(onWhite(pixels))
  return encoded => score(onWhite(encoded))
}

const ssimOf = async (score: SimilarityScore, image: RenderedImage, format: OutputFormat) =>
  score(await openEncoded(image, format, seconds))

async function measureFormat(
  subject: Subject,
  { format, effort }: (typeof candidates)[number],
  score: SimilarityScore,
  target: number,
): Promise<Row> {
  const { firstMs, first, final } = await subject.deliver(format)
  const lossless =
    format === 'jpg'
      ? undefined
      : await subject.render(format, format === 'avif' ? 'lossless-1' : `lossless-1${effort}`)
  return {
    firstMs,
    firstBytes: first.data.length,
    finalBytes: final.data.length,
    finalSsim: await ssimOf(score, final, format),
    equalBytes: await bytesAt(
      target,
      quality => subject.render(format, `q-${quality}${effort}`),
      image => ssimOf(score, image, format),
    ),
    losslessBytes: lossless?.data.length,
  }
}

/** The bytes of the lowest quality that reaches the SSIM, by bisection. */
async function bytesAt(
  target: number,
  encode: (quality: number) => Promise<RenderedImage>,
  score: (image: RenderedImage) => Promise<number>,
): Promise<number | undefined> {
  let [least, most, bytes] = [1, 100, undefined as number | undefined]
  while (least <= most) {
    const quality = Math.floor((least + most) / 2)
    const image = await encode(quality)
    if ((await score(image)) >= target) {
      bytes = image.data.length
      most = quality - 1
    } else least = quality + 1
  }
  return bytes
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { width: { type: 'string' }, graphics: { type: 'boolean', default: false } },
})
const samples: FormatSample[] =
  positionals.length > 0
    ? await Promise.all(
        positionals.map(async path => ({
          kind: values.graphics ? 'graphics' : 'photographs',
          file: await readFile(path),
          width: values.width === undefined ? undefined : Number(values.width),
          byLuma: !values.graphics,
        })),
      )
    : await formatSamples()
// the engine forbids SVG to libvips, with which the pictures are drawn
const engine = createEngine({ concurrency: 1, queueLimit: 1, maxPixels: 100_000_000 })
const folder = await mkdtemp(join(tmpdir(), 'darkroom-formats-'))
const byKind = new Map<string, Record<string, Row>[]>()
try {
  for (const sample of samples) {
    const rows = await measure(sample, join(folder, 'original'))
    byKind.set(sample.kind, [...(byKind.get(sample.kind) ?? []), rows])
  }
} finally {
  await rm(folder, { recursive: true })
  await engine.close()
}

const mean = (numbers: readonly (number | undefined)[]) => {
  const known = numbers.filter(number => number !== undefined)
  return known.length < numbers.length
    ? undefined
    : known.reduce((sum, number) => sum + number, 0) / known.length
}
const inKb = (bytes: number | undefined) =>
  bytes === undefined ? '–' : (bytes / 1000).toFixed(bytes < 10_000 ? 2 : 1)

console.log(
  '| picture | format | first answer, CPU ms | kB | final, kB | SSIM | equal SSIM, kB | lossless, kB |',
)
console.log('| --- | --- | --: | --: | --: | --: | --: | --: |')
for (const [kind, all] of byKind) {
  for (const format of Object.keys(all[0] ?? {})) {
    const of = (key: keyof Row) => mean(all.map(rows => rows[format]?.[key]))
    const cells = [of('firstMs')?.toFixed(0), inKb(of('firstBytes')), inKb(of('finalBytes'))]
    console.log(
      `| ${kind} | ${format} | ${[...cells, of('finalSsim')?.toFixed(4), inKb(of('equalBytes')), inKb(of('losslessBytes'))].join(' | ')} |`,
    )
  }
}

/**
 * `node dist/bench/sizes.js [FILE…]` prints the table of the documentation's page about sizes. It renders pictures of
 * five kinds (or the files that are named) at their own size and at half the width, and compares each result with
 * sharp's defaults for the same pixels. Sizes are in kB.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import sharp from 'sharp'
import { createEngine } from '../service/engine/sharp-engine.ts'
import { loadOperations } from '../service/operations/registry.ts'
import type { OutputFormat } from '../service/plan/formats.ts'
import { planDerivative } from '../service/plan/plan.ts'
import { toPlannedSteps } from '../service/plan/planned-steps.ts'
import { parseSteps } from '../service/url/grammar.ts'
import { samplePictures } from './sample-pictures.ts'

const operations = await loadOperations()
const formats = { png: 'png', webp: 'webp', gif: 'gif' } as const

interface Picture {
  readonly name: string
  readonly file: Buffer
}

/** Renders one result. */
async function render(file: Buffer, path: string, chain: string, format: OutputFormat): Promise<Buffer> {
  const tenant = { tenant: 'bench' }
  const facts = await engine.inspect(path, tenant)
  const plan = planDerivative({ facts }, toPlannedSteps(operations, parseSteps(chain, operations)), format)
  return (await engine.render(async () => ({ original: file, images: new Map() }), plan, tenant)).data
}

/** The same pixels by sharp's defaults. */
const plain = (file: Buffer, width: number | undefined, format: keyof typeof formats) => {
  const quality = format === 'webp' ? { quality: 79 } : {}
  return sharp(file, { animated: true }).resize(width).toFormat(format, quality).toBuffer()
}

async function rowOf({ name, file }: Picture, folder: string): Promise<string> {
  const path = join(folder, 'original')
  await writeFile(path, file)
  const { width, pages = 1 } = await sharp(file).metadata()
  const half = Math.round(width / 2)
  const cells: string[] = []
  for (const format of pages > 1 ? (['gif', 'webp'] as const) : (['png', 'webp'] as const)) {
    for (const [chain, to] of [
      ['', undefined],
      [`resize_w-${half}`, half],
    ] as const) {
      const own = await render(file, path, chain, format)
      cells.push(`${inKb(own)} (${inKb(await plain(file, to, format))})`)
    }
  }
  return `| ${name} | ${inKb(file)} | ${cells.join(' | ')} |`
}

const inKb = ({ length }: Buffer) => (length / 1000).toFixed(length < 10_000 ? 1 : 0)

const named = process.argv.slice(2)
const pictures: Picture[] =
  named.length > 0
    ? await Promise.all(named.map(async path => ({ name: basename(path), file: await readFile(path) })))
    : await samplePictures()
// created after the pictures, which libvips draws from SVG: the engine disables SVG in libvips
const engine = createEngine({ concurrency: 1, queueLimit: 1, maxPixels: 100_000_000 })
const folder = await mkdtemp(join(tmpdir(), 'darkroom-sizes-'))
try {
  console.log('| picture | original | PNG or GIF | half the width | WebP | half the width |')
  console.log('| --- | --: | --: | --: | --: | --: |')
  for (const picture of pictures) console.log(await rowOf(picture, folder))
} finally {
  await rm(folder, { recursive: true })
}

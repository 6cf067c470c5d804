import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { loadOperations } from '../operations/registry.ts'
import type { ImageFacts } from '../plan/facts.ts'
import type { OutputFormat } from '../plan/formats.ts'
import { planDerivative } from '../plan/plan.ts'
import { toPlannedSteps } from '../plan/planned-steps.ts'
import t from '../test/support/tap.ts'
import { parseSteps } from '../url/grammar.ts'
import { imagesIn } from './operation-chains.test.data.ts'
import { createEngine } from './sharp-engine.ts'

export const operations = await loadOperations()
export const engine = createEngine({ concurrency: 2, queueLimit: 100, maxPixels: 1_000_000 })
const folder = await mkdtemp(join(tmpdir(), 'darkroom-engine-'))
// several test files of a process share the folder
process.once('exit', () => rmSync(folder, { recursive: true }))
export const requester = { tenant: 'tenant' }

/** The operations of a chain, with complete options. */
export const parseChain = (chain: string) => toPlannedSteps(operations, parseSteps(chain, operations))

let files = 0
/** The facts of an image file. */
export async function inspect(data: Buffer) {
  const path = join(folder, String(files++))
  await writeFile(path, data)
  return engine.inspect(path, requester)
}

/**
 * Renders an image and checks its size against the plan. Each image that the operations refer to is a small, half
 * transparent one.
 */
export async function render(data: Buffer, chain: string, format: OutputFormat = 'png') {
  const planned = parseChain(chain)
  const images = new Map<string, { data: Buffer; facts: ImageFacts }>()
  for (const id of planned.flatMap(({ operation, options }) => imagesIn(operation, { options }))) {
    const stamp = await drawTestImage(40, 30, 4).png().toBuffer()
    images.set(id, { data: stamp, facts: await inspect(stamp) })
  }
  const facts = new Map([...images].map(([id, image]) => [id, image.facts]))
  const plan = planDerivative({ facts: await inspect(data), images: facts }, planned, format)
  const rendered = await engine.render(async () => ({ original: data, images }), plan, requester)
  // when an operation has a probe (it measures pixels, as `trim` does), the plan only gives the largest possible size
  if (plan.probe) return rendered
  t.strictSame(
    { width: rendered.width, height: rendered.height },
    { width: plan.width, height: plan.height },
    `${chain || 'nothing'}: the pixels have the size of the plan`,
  )
  return rendered
}

/** An image without symmetry: soft areas, edges and one distinct corner. */
export function drawTestImage(width: number, height: number, channels: 3 | 4 = 3, wave = 5): Sharp {
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

/**
 * Difference of two images over all their frames: the mean over all samples, and the share of samples that differ a
 * lot.
 */
export async function difference(one: Buffer, other: Buffer) {
  const read = (data: Buffer) =>
    sharp(data, { pages: -1 }).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const [a, b] = await Promise.all([read(one), read(other)])
  if (a.info.width !== b.info.width || a.info.height !== b.info.height) return { mean: 999, far: 1 }
  let sum = 0
  let far = 0
  for (let index = 0; index < a.data.length; index++) {
    // colours of transparent pixels do not count
    const alpha = Math.max(a.data[index | 3] ?? 0, b.data[index | 3] ?? 0) / 255
    const delta = Math.abs((a.data[index] ?? 0) - (b.data[index] ?? 0)) * ((index & 3) === 3 ? 1 : alpha)
    sum += delta
    if (delta > 24) far++
  }
  return { mean: sum / a.data.length, far: far / a.data.length }
}

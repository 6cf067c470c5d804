import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import { loadOperations } from '../operations/registry.ts'
import type { ImageFacts } from '../plan/facts.ts'
import type { OutputFormat } from '../plan/formats.ts'
import { planDerivative } from '../plan/plan.ts'
import { toPlannedSteps } from '../plan/planned-steps.ts'
import { parseSteps } from '../url/grammar.ts'
import { imagesIn } from './operation-chains.test.data.ts'
import { createEngine } from './sharp-engine.ts'

export const operations = await loadOperations()
export const engine = createEngine({ concurrency: 2, queueLimit: 100, maxPixels: 1_000_000 })
const folder = await mkdtemp(join(tmpdir(), 'darkroom-engine-'))
t.teardown(() => rm(folder, { recursive: true }))
export const requester = { tenant: 'tenant' }

/** The operations of a chain, with their options complete. */
export const parseChain = (chain: string) => toPlannedSteps(operations, parseSteps(chain, operations))

let files = 0
/** Facts of a picture's bytes. */
export async function inspect(data: Buffer) {
  const path = join(folder, String(files++))
  await writeFile(path, data)
  return engine.inspect(path, requester)
}

/**
 * Develops a picture and holds the result to the size that was planned. Every other image that the operations name is
 * a small one, half transparent.
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
  // where a probe decides, the plan is only the largest that the result may be
  if (plan.probe) return rendered
  t.strictSame(
    { width: rendered.width, height: rendered.height },
    { width: plan.width, height: plan.height },
    `${chain || 'nothing'}: the pixels have the size of the plan`,
  )
  return rendered
}

/** A picture without symmetry: soft areas, edges and a corner that is unlike the others. */
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
 * How far two pictures are apart, all their frames together: the mean over all samples, and the share of those that
 * differ by much.
 */
export async function difference(one: Buffer, other: Buffer) {
  const read = (data: Buffer) =>
    sharp(data, { pages: -1 }).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
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

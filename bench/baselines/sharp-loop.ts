// The engine's sharp calls in a bare loop: no server, queue or store. It runs in its own process, because libvips
// has one thread pool, one cache and one allocator per process.
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { applyEncoder } from '../../service/engine/encode/encoders.ts'
import { inspectFile } from '../../service/engine/sources/inspect.ts'
import { configureLibvips, openSource } from '../../service/engine/sources/libvips.ts'
import type { ImageFacts } from '../../service/plan/facts.ts'
import { forEach } from '../requests.ts'
import type { BurstQuestion, PicturesQuestion, WorkAnswer, WorkQuestion } from './messages.ts'

const maxPixels = 100_000_000
const sources: { data: Buffer; facts: ImageFacts }[] = []

async function read({ pictures }: PicturesQuestion): Promise<object> {
  configureLibvips()
  for (const path of pictures) {
    sources.push({ data: await readFile(path), facts: (await inspectFile(path, maxPixels)).facts })
  }
  return { read: sources.length }
}

async function work({ jobs, format, concurrency }: WorkQuestion): Promise<WorkAnswer> {
  const begun = performance.now()
  const sizes = await forEach(jobs, concurrency, async ({ picture, width }) => {
    const source = sources[picture]
    if (source === undefined) throw new Error(`unknown image: ${picture}`)
    const pipeline = openSource(source.data, maxPixels, source.facts).resize({
      width,
      withoutEnlargement: true,
    })
    return (await applyEncoder(pipeline, format, {}).toBuffer()).length
  })
  return { ms: performance.now() - begun, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}

/** Decodes once, at half the size, and renders all widths from those pixels. */
async function burst({ burst: picture, widths, concurrency }: BurstQuestion): Promise<WorkAnswer> {
  const source = sources[picture]
  if (source === undefined) throw new Error(`unknown image: ${picture}`)
  const begun = performance.now()
  const half = { width: Math.round(source.facts.width / 2) }
  const { data, info: raw } = await openSource(source.data, maxPixels, source.facts)
    .resize(half)
    .raw()
    .toBuffer({ resolveWithObject: true })
  const sizes = await forEach(widths, concurrency, async width => {
    const pipeline = sharp(data, { raw }).resize({ width })
    return (await applyEncoder(pipeline, 'jpg', {}).toBuffer()).length
  })
  return { ms: performance.now() - begun, bytes: sizes.reduce((sum, size) => sum + size, 0) }
}

function answer(question: PicturesQuestion | WorkQuestion | BurstQuestion) {
  if ('pictures' in question) return read(question)
  return 'burst' in question ? burst(question) : work(question)
}

process.on('message', async (question: PicturesQuestion | WorkQuestion | BurstQuestion) => {
  process.send?.(await answer(question))
})
process.once('disconnect', () => process.exit())

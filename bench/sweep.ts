/**
 * `node dist/bench/sweep.js --out FOLDER [--limit N] DIRECTORY…`: renders every image file below the directories with
 * the service's engine and compares it with Chromium. Files of equal content count once. It prints a table by format and
 * the files that differ, and writes each of those pairs as a PNG: the service's result on the left.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { createEngine } from '../service/engine/sharp-engine.ts'
import { messageOf } from '../service/errors/catalogue.ts'
import { planDerivative } from '../service/plan/plan.ts'
import { startBrowserDecoder } from './browser-decoder.ts'

const types: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.svg': 'image/svg+xml',
  '.ico': 'image/x-icon',
  '.cur': 'image/x-icon',
  '.bmp': 'image/bmp',
  '.svgz': '',
  '.tif': '',
  '.tiff': '',
  '.heic': '',
  '.jxl': '',
  '.pdf': '',
}

/**
 * Both results are scaled to this many cells a side and compared on white and on black. At this size, the edges of
 * drawings differ less.
 */
const cells = 16
/** A file is listed if its channels differ by at least this much on average, on a scale of 0 to 255. */
const maxMean = 4
/** A file is listed if a channel of one cell differs by at least this much. */
const maxCell = 60

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' }, limit: { type: 'string' } },
})
const out = values.out ?? 'sweep'
const limit = Number(values.limit ?? Number.POSITIVE_INFINITY)

const engine = createEngine({ concurrency: 1, queueLimit: 1, maxPixels: 100_000_000 })
const browser = await startBrowserDecoder()

interface Outcome {
  readonly kind: 'same' | 'differs' | 'size' | 'refused' | 'both refuse' | 'only service' | 'not compared'
  readonly note?: string
}

/** Renders the first page at its own size. */
async function render(path: string, file: Buffer): Promise<{ width: number; height: number; png: Buffer }> {
  const tenant = { tenant: 'bench' }
  const { facts, firstPage } = await engine.inspectUpload(path, tenant)
  const plan = planDerivative({ facts }, [], 'png')
  const load = async () => ({ original: firstPage ?? file, images: new Map() })
  const { data } = await engine.render(load, plan, tenant)
  return { width: facts.width, height: facts.height, png: data }
}

async function cellsOf(png: Buffer, background: string): Promise<Buffer> {
  return sharp(png)
    .flatten({ background })
    .toColourspace('srgb')
    .resize(cells, cells, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer()
}

async function difference(one: Buffer, other: Buffer): Promise<{ mean: number; max: number }> {
  let [sum, max, count] = [0, 0, 0]
  for (const background of ['#fff', '#000']) {
    const [a, b] = await Promise.all([cellsOf(one, background), cellsOf(other, background)])
    for (const [at, value] of a.entries()) {
      const by = Math.abs(value - (b[at] ?? 0))
      sum += by
      max = Math.max(max, by)
      count++
    }
  }
  return { mean: sum / count, max }
}

async function compare(path: string, file: Buffer): Promise<Outcome> {
  const type = types[extname(path).toLowerCase()] ?? ''
  const own = await render(path, file).catch((error: unknown) => messageOf(error))
  if (type === '') return typeof own === 'string' ? { kind: 'refused', note: own } : { kind: 'not compared' }
  const shown = await browser.decode(file, type)
  if (typeof own === 'string') return { kind: shown ? 'refused' : 'both refuse', note: own }
  if (shown === undefined) return { kind: 'only service' }
  const size = `${own.width}x${own.height}, browser ${shown.width}x${shown.height}`
  // a vector image without a size has only a ratio
  const isVector = type === 'image/svg+xml'
  const ratio = (own.width * shown.height) / (own.height * shown.width)
  const isSize = isVector
    ? Math.abs(ratio - 1) < 0.05
    : own.width === shown.width && own.height === shown.height
  if (!isSize) {
    await writePair(path, own.png, shown.png)
    return { kind: 'size', note: size }
  }
  const { mean, max } = await difference(own.png, shown.png)
  if (mean < maxMean && max < maxCell) return { kind: 'same' }
  await writePair(path, own.png, shown.png)
  return { kind: 'differs', note: `mean ${mean.toFixed(1)}, at most ${max}` }
}

async function writePair(path: string, one: Buffer, other: Buffer): Promise<void> {
  const side = 300
  const box = { width: side, height: side, fit: 'contain', background: '#e0b0e0' } as const
  const [left, right] = await Promise.all([one, other].map(png => sharp(png).resize(box).png().toBuffer()))
  const name = `${createHash('sha256').update(path).digest('hex').slice(0, 8)}.png`
  await sharp({ create: { width: 2 * side + 4, height: side, channels: 3, background: '#e0b0e0' } })
    .composite([
      { input: left, left: 0, top: 0 },
      { input: right, left: side + 4, top: 0 },
    ])
    .png()
    .toFile(join(out, name))
  console.log(`  ${name}`)
}

async function* filesBelow(directory: string): AsyncGenerator<string> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (entry.isFile() && extname(path).toLowerCase() in types) yield path
  }
}

const seen = new Set<string>()
const table = new Map<string, Map<string, number>>()
await mkdir(out, { recursive: true })
try {
  for (const directory of positionals) {
    for await (const path of filesBelow(directory)) {
      const format = extname(path).slice(1).toLowerCase()
      const counts = table.get(format) ?? new Map<string, number>()
      table.set(format, counts)
      const file = await readFile(path)
      const hash = createHash('sha256').update(file).digest('hex')
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
      if (seen.has(hash) || file.length === 0 || total >= limit) continue
      seen.add(hash)
      const { kind, note } = await compare(path, file)
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      if (note) console.log(`${kind}: ${path}: ${note}`)
    }
  }
} finally {
  await browser.close()
}
for (const [format, counts] of table)
  console.log(`${format}: ${[...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')}`)

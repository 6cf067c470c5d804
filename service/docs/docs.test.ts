import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { configSchema, configSections } from '../config.ts'
import { createEngine } from '../engine/sharp-engine.ts'
import { loadOperations } from '../operations/registry.ts'
import { metricCatalogue } from '../telemetry/catalogue.ts'
import t from '../test/support/tap.ts'
import { configurationPage, configurationSample } from './configuration-page.ts'
import { metricsPage } from './metrics-page.ts'
import { operationsPage } from './operations-page.ts'
import { renderPageImages } from './page-images.ts'

const docs = fileURLToPath(new URL('../../../docs/', import.meta.url))
const operations = await loadOperations()
const engine = createEngine({ concurrency: 1, queueLimit: 100, maxPixels: 10_000_000 })
const folder = await mkdtemp(join(tmpdir(), 'darkroom-docs-'))
t.teardown(() => rm(folder, { recursive: true }))

const images = await renderPageImages(operations, engine, async data => {
  const path = join(folder, 'original')
  await writeFile(path, data)
  return engine.inspect(path, { tenant: 'docs' })
})

t.test('docs/operations.md is up to date', async t => {
  const page = await readFile(join(docs, 'operations.md'), 'utf8')
  t.equal(page, operationsPage(operations.values(), images), 'npm run generate writes it')
})

t.test('docs/configuration.md, config/darkroom.env and docs/metrics.md are up to date', async t => {
  const expected = {
    'configuration.md': configurationPage(configSections),
    'metrics.md': metricsPage(metricCatalogue),
    '../config/darkroom.env': configurationSample(configSections),
  }
  for (const [path, text] of Object.entries(expected))
    t.equal(await readFile(join(docs, path), 'utf8'), text, `npm run generate writes ${path}`)
  const listed = configSections.flatMap(({ schema }) => Object.keys(schema.properties))
  t.strictSame(listed.sort(), Object.keys(configSchema.properties).sort())
})

t.test('the images in docs are what the engine renders', async t => {
  const names = (await readdir(join(docs, 'pictures'))).sort()
  t.strictSame(
    names,
    [...images.keys()].map(name => `${name}.webp`).sort(),
    'one for each operation that changes pixels',
  )
  for (const [name, fresh] of images) {
    const committed = await readFile(join(docs, 'pictures', `${name}.webp`))
    // another libvips may round and encode a little differently
    t.ok((await distance(committed, fresh.data)) < 4, name)
  }
})

t.test('the image of every example differs from the original', async t => {
  const before = await read(images.get('before')!.data)
  for (const [name, fresh] of images) {
    const after = await read(fresh.data)
    if (name === 'before' || after.data.length !== before.data.length) continue
    const most = after.data.reduce(
      (most, sample, at) => Math.max(most, Math.abs(sample - before.data[at]!)),
      0,
    )
    t.ok(most > 20, `${name}: by ${most}`)
  }
})

const read = (data: Buffer) => sharp(data).ensureAlpha().raw().toBuffer({ resolveWithObject: true })

/** The mean difference of the samples of two images, 0–255; 255 when their sizes differ. */
async function distance(one: Buffer, other: Buffer): Promise<number> {
  const [a, b] = await Promise.all([read(one), read(other)])
  if (a.info.width !== b.info.width || a.info.height !== b.info.height) return 255
  return a.data.reduce((sum, sample, index) => sum + Math.abs(sample - b.data[index]!), 0) / a.data.length
}

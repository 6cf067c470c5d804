// Writes the generated files: the client's types and table, docs/operations.md with its images, docs/configuration.md, docs/metrics.md,
// config/darkroom.env.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configSections } from '../config.ts'
import { createEngine } from '../engine/sharp-engine.ts'
import { generateClientSpelling, generateClientTable } from '../operations/generate-client.ts'
import { loadOperations } from '../operations/registry.ts'
import { metricCatalogue } from '../telemetry/catalogue.ts'
import { configurationPage, configurationSample } from './configuration-page.ts'
import { metricsPage } from './metrics-page.ts'
import { operationsPage } from './operations-page.ts'
import { renderPageImages } from './page-images.ts'

const file = (path: string) => new URL(`../../../${path}`, import.meta.url)
const operations = await loadOperations()
const folder = await mkdtemp(join(tmpdir(), 'darkroom-generate-'))
const engine = createEngine({ concurrency: 1, queueLimit: 100, maxPixels: 10_000_000 })
const images = await renderPageImages(operations, engine, async data => {
  const path = join(folder, 'original')
  await writeFile(path, data)
  return engine.inspect(path, { tenant: 'docs' })
})
await rm(folder, { recursive: true })

await rm(file('docs/pictures'), { recursive: true, force: true })
await mkdir(file('docs/pictures'), { recursive: true })
for (const [name, { data }] of images) await writeFile(file(`docs/pictures/${name}.webp`), data)
await writeFile(file('docs/operations.md'), operationsPage(operations.values(), images))
await writeFile(file('docs/configuration.md'), configurationPage(configSections))
await writeFile(file('docs/metrics.md'), metricsPage(metricCatalogue))
await writeFile(file('config/darkroom.env'), configurationSample(configSections))
await writeFile(file('service/client/operations.generated.ts'), generateClientTable(operations.values()))
await writeFile(file('service/client/spelling.generated.ts'), generateClientSpelling(operations.values()))

// Writes what is made from the operation files: the client's types and table, and the page of docs with its pictures.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { developExamples } from '../dist/service/docs/example-pictures.js'
import { operationsPage } from '../dist/service/docs/operations-page.js'
import { createEngine } from '../dist/service/engine/engine.js'
import { generateClientTable } from '../dist/service/operations/generate-client.js'
import { loadOperations } from '../dist/service/operations/registry.js'

const file = path => new URL(`../${path}`, import.meta.url)
const operations = await loadOperations()
writeFileSync(file('service/client/operations.generated.ts'), generateClientTable(operations.values()))

const folder = mkdtempSync(join(tmpdir(), 'darkroom-generate-'))
const engine = createEngine({ concurrency: 1, queueLimit: 100, maxPixels: 10_000_000 })
const pictures = await developExamples(operations, engine, async data => {
  const path = join(folder, 'original')
  writeFileSync(path, data)
  return engine.inspect(path, { tenant: 'docs' })
})
rmSync(folder, { recursive: true })
rmSync(file('docs/pictures'), { recursive: true, force: true })
mkdirSync(file('docs/pictures'), { recursive: true })
for (const [name, { data }] of pictures) writeFileSync(file(`docs/pictures/${name}.webp`), data)
writeFileSync(file('docs/operations.md'), operationsPage(operations.values(), pictures))

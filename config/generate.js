// Writes what is made from the operation files: the client's types and table, and the README's operations table.
import { readFileSync, writeFileSync } from 'node:fs'
import { generateClientTable } from '../dist/service/operations/generate-client.js'
import { withOperations } from '../dist/service/operations/generate-docs.js'
import { loadOperations } from '../dist/service/operations/registry.js'

const file = path => new URL(`../${path}`, import.meta.url)
const operations = [...(await loadOperations()).values()]
writeFileSync(file('service/client/operations.generated.ts'), generateClientTable(operations))
writeFileSync(file('README.md'), withOperations(readFileSync(file('README.md'), 'utf8'), operations))

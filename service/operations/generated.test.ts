import { readFileSync } from 'node:fs'
import { referencedImages } from '../plan/planned-steps.ts'
import t from '../test/support/tap.ts'
import { parseSteps } from '../url/grammar.ts'
import { completeOptions } from '../url/step.ts'
import { generateClientSpelling, generateClientTable } from './generate-client.ts'
import { loadOperations } from './registry.ts'

const operations = await loadOperations()
const source = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

t.test('the generated client tables are up to date (run npm run generate)', async t => {
  t.equal(source('service/client/operations.generated.ts'), generateClientTable(operations.values()))
  t.equal(source('service/client/spelling.generated.ts'), generateClientSpelling(operations.values()))
})

t.test('every operation and option has a label in words, and no two options of one share it', async t => {
  const words = /^[A-Z][a-z]+(?:[ -][a-z]+)*$/
  for (const { name, label, options } of operations.values()) {
    t.match(label, words, name)
    const labels = Object.entries(options).map(([option, spec]) => {
      t.match(spec.label, words, `${name} ${option}`)
      return spec.label
    })
    t.equal(new Set(labels).size, labels.length, `${name} has distinct labels`)
    const shown = Object.values(options).filter(({ advanced }) => !advanced)
    t.ok(labels.length === 0 || shown.length > 0, `${name} shows an option at first`)
  }
  t.equal(new Set([...operations.values()].map(({ label }) => label)).size, operations.size)
})

/** Operations that change no pixels and no settings. */
const withoutEffect = ['info', 'preset']

t.test('every operation has a summary, a working example, costs and sizes', async t => {
  for (const operation of operations.values()) {
    const [step] = parseSteps(operation.example, operations)
    t.equal(step?.op, operation.name, `${operation.example} is an example of ${operation.name}`)
    t.ok(operation.summary.length > 10, `${operation.name} has a summary`)
    if (step === undefined) continue
    const options = completeOptions(step, operations)
    const frame = { width: 640, height: 480, alpha: false }
    const images = new Map(referencedImages(step, operations).map(([id]) => [id, frame]))
    const stages = operation.stages(options, frame, { vector: false, animated: false, images })
    const settings = Object.keys({ ...operation.output?.(options), ...operation.source?.(options) })
    const hasEffect = stages.length + settings.length > 0 || withoutEffect.includes(operation.name)
    t.ok(hasEffect, `${operation.example} has an effect`)
    t.ok(
      stages.every(part => part.costMs >= 0 && (!('frame' in part) || part.frame.width > 0)),
      `every stage of ${operation.name} has a cost and a size`,
    )
  }
})

import { readFileSync } from 'node:fs'
import t from 'tap'
import { referencedImages } from '../plan/planned-steps.ts'
import { parseSteps } from '../url/grammar.ts'
import { completeOptions } from '../url/step.ts'
import { generateClientTable } from './generate-client.ts'
import { loadOperations } from './registry.ts'

const operations = await loadOperations()
const source = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

t.test('what is made from the operations is up to date: run npm run generate', async t => {
  t.equal(source('service/client/operations.generated.ts'), generateClientTable(operations.values()))
})

/** Stand for other operations, or for words. */
const withoutPixels = ['info', 'preset']

t.test('every operation is complete', async t => {
  for (const operation of operations.values()) {
    const [step] = parseSteps(operation.example, operations)
    t.equal(step?.op, operation.name, `${operation.example} is an example of ${operation.name}`)
    t.ok(operation.summary.length > 10, 'it has a summary')
    if (step === undefined) continue
    const options = completeOptions(step, operations)
    const frame = { width: 640, height: 480, alpha: false }
    const images = new Map(referencedImages(step, operations).map(([id]) => [id, frame]))
    const stages = operation.stages(options, frame, { vector: false, animated: false, images })
    const says = Object.keys({ ...operation.output?.(options), ...operation.source?.(options) })
    const does = stages.length + says.length > 0 || withoutPixels.includes(operation.name)
    t.ok(does, 'its example does something')
    t.ok(
      stages.every(part => part.costMs >= 0 && (!('frame' in part) || part.frame.width > 0)),
      'every stage has a cost and a size',
    )
  }
})

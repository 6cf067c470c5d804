import { deepStrictEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import t from '../test/support/tap.ts'
import { printSteps } from '../url/print.ts'
import { arbitraryInputOf } from '../url/samples.test.data.ts'
import { normalizeStep } from '../url/step.ts'
import { type OperationStep, operationTable } from './operations.generated.ts'
import { readStep, spellSteps } from './spelling.ts'

const operations = Object.fromEntries([...operationTable].map(([name, { options }]) => [name, options]))
const step = (input: object) => input as OperationStep
const image = 'ghijkl'

t.test('a browser spells operations as the service does, and reads what it spells', async t => {
  const property = fc.property(arbitraryInputOf(operations), fc.boolean(), (given, asText) => {
    // numbers may be text, like HTML attributes
    const entries = Object.entries(given).map(([name, value]) => [
      name,
      asText && typeof value === 'number' ? String(value) : value,
    ])
    const input = step(Object.fromEntries(entries))
    const canonical = normalizeStep(given, operationTable)
    const spelled = spellSteps([input]).slice(1)
    equal(spelled, printSteps([canonical], operationTable))
    const [op = '', options] = spelled.split('_')
    deepStrictEqual(readStep(op, options), { ...canonical.options, op })
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
})

t.test('no value adds an operation, an option or a path', async t => {
  const hostile = [
    'fff_blur_s-9',
    'fff,enlarge-1',
    'fff.png?x=',
    '../../raw',
    'a b',
    '',
    '%2f',
    'f\n',
    {},
    null,
    () => 0,
  ]
  for (const bg of hostile) {
    t.throws(() => spellSteps([step({ op: 'resize', w: 9, bg })]), {
      code: 'bad-url',
      message: /^resize: bg-/,
    })
  }
  t.throws(() => spellSteps([step({ op: 'text', t: 'a\u0000' })]), { code: 'bad-url' })
  for (const op of ['enhance', 'constructor', '__proto__', 'blur_s-9', '']) {
    t.throws(() => spellSteps([step({ op })]), { code: 'bad-url', message: /^unknown operation/ }, op)
  }
  for (const name of ['width', 'constructor', '__proto__', '']) {
    const input = step(JSON.parse(`{ "op": "resize", "${name}": 1 }`))
    t.throws(() => spellSteps([input]), { code: 'bad-url', message: /^resize: unknown option/ }, name)
  }
  t.throws(() => spellSteps([step({ op: 'sepia', w: 1 })]), { message: /expected no options$/ })
  t.throws(() => readStep('resize', 'w-1,w-2'), { code: 'bad-url', message: /repeats option w/ })
  t.throws(() => readStep('resize', 'w'), { code: 'bad-url' })
  t.equal(spellSteps([step({ op: 'overlay', i: image, x: -0 })]), `_overlay_i-${image}`)
})

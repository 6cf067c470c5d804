import fc from 'fast-check'
import Value from 'typebox/value'
import { loadOperations } from '../../operations/registry.ts'
import { photograph } from '../../plan/facts.test.data.ts'
import { applyHints, noHints } from '../../plan/hints.ts'
import { planDerivative } from '../../plan/plan.ts'
import { toPlannedSteps } from '../../plan/planned-steps.ts'
import t from '../../test/support/tap.ts'
import { parseJsonStep } from '../../url/json-step.ts'
import type { OptionSpec } from '../../url/option.ts'
import type { StepInput } from '../../url/step.ts'
import { operationSchemas } from './operation-schemas.ts'

const operations = await loadOperations()
const schemas = operationSchemas(operations.values())
const imageId = 'logo1234'

/** Values that an option accepts and that fit the image, and some that it does not accept. */
function valuesOf(spec: OptionSpec): unknown[] {
  const invalid = [null, '', '5', -70_000, 0.12345678, true, 1, ['a']]
  switch (spec.kind) {
    case 'number':
      return [spec.min, Math.min(spec.max, Math.max(spec.min, 1)), ...(spec.words ?? []), ...invalid]
    case 'choice':
      return [...spec.values.slice(0, 2), ...invalid]
    case 'flag':
      return [true, false, ...invalid]
    case 'color':
      return ['fff', 'A0B1C2', 'a0b1c2ff', '00000080', 'transparent', 'ffff', ...invalid]
    case 'text':
      return ['hello', 'Grüße', 'two\nlines', 'a\tb', 'x'.repeat(spec.maxBytes + 1), ...invalid]
    case 'ratio':
      return ['16:9', '1.5:1', '10000:1', '0:1', '1:10001', '1:1.234', ...invalid]
    case 'image':
      return [imageId, 'LOGO1234', ...invalid]
  }
}

/** Whether the service would render the step. */
function isAccepted(step: StepInput): boolean {
  try {
    const parsed = applyHints([parseJsonStep(step, operations)], noHints)
    const source = { facts: photograph, images: new Map([[imageId, photograph]]) }
    planDerivative(source, toPlannedSteps(operations, parsed), 'png')
    return true
  } catch {
    return false
  }
}

t.test('OpenAPI: the schema of each operation accepts the same steps as the service', async t => {
  const differing: string[] = []
  for (const { name, options } of operations.values()) {
    const schema = schemas[`Operation${name.charAt(0).toUpperCase()}${name.slice(1)}`] ?? {}
    const fields = Object.entries(options).map(([option, spec]) => [
      option,
      fc.constantFrom(...valuesOf(spec)),
    ])
    const steps = fc.record(Object.fromEntries(fields), { requiredKeys: [] })
    const check = (given: Record<string, unknown>) => {
      const step = { ...given, op: name }
      // a schema cannot compare two numbers, nor one with the default of the other, and knows no size of a result; names of
      // presets are not checked here
      if (name === 'preset' || (name === 'gradient' && ('from' in given || 'to' in given))) return
      if (name === 'extend' && given.ar === '10000:1') return
      if (Value.Check(schema, step) !== isAccepted(step)) differing.push(JSON.stringify(step))
    }
    fc.assert(fc.property(steps, check), { numRuns: 60 })
  }
  t.strictSame(differing, [])
})

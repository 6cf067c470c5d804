import { DarkroomError } from '../errors/catalogue.ts'
import { describeExpected } from './expectation.ts'
import { parseFormat } from './grammar.ts'
import type { OperationTable, OptionSpec, OptionValue } from './option.ts'
import type { OperationRule, Policy, PolicyLimits, ValueRange, ValueRule } from './policy.ts'
import { isPlainName } from './preset.ts'
import { optionSpecsOf } from './step.ts'
import { parseValue, printValue } from './values.ts'

/** A range as JSON gives it: nothing has checked that the option has such values. */
export interface RangeInput {
  min?: number
  max?: number
  values?: unknown[]
}

/** A policy as JSON gives it, in short forms, too: a list of operations, a list of an option's values. */
export interface PolicyInput {
  operations?: string[] | Record<string, true | Record<string, true | unknown[] | RangeInput>>
  formats?: string[]
  presets?: string[]
  limits?: PolicyLimits
}

/**
 * A policy in its one form, every name and value of it known to the grammar.
 * @throws DarkroomError `bad-url` for an operation or a format, `bad-request` for anything else that is not known
 */
export function parsePolicy(
  { operations, formats, presets, limits }: PolicyInput,
  table: OperationTable,
): Policy {
  return {
    ...(operations && { operations: readOperations(operations, table) }),
    ...(formats && { formats: formats.map(parseFormat) }),
    ...(presets && { presets: presets.map(readPresetName) }),
    ...(limits && { limits }),
  }
}

function readOperations(
  given: NonNullable<PolicyInput['operations']>,
  table: OperationTable,
): Record<string, OperationRule> {
  const rules = Array.isArray(given) ? given.map(op => [op, true] as const) : Object.entries(given)
  return Object.fromEntries(rules.map(([op, rule]) => [op, readOperation(op, rule, table)]))
}

function readOperation(
  op: string,
  given: true | Record<string, true | unknown[] | RangeInput>,
  table: OperationTable,
): OperationRule {
  const specs = optionSpecsOf(op, table)
  if (given === true) return true
  const rules = Object.entries(given).map(([name, rule]): [string, ValueRule] => {
    const place = `operations.${op}.${name}`
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    if (spec) return [name, readRule(place, rule, spec)]
    const names = Object.keys(specs).join(', ')
    throw wrong(place, names === '' ? 'no option' : `one of the options ${names}`)
  })
  return Object.fromEntries(rules)
}

function readRule(place: string, given: true | unknown[] | RangeInput, spec: OptionSpec): ValueRule {
  if (given === true) return true
  const range: RangeInput = Array.isArray(given) ? { values: given } : given
  const { min, max, values } = range
  const ranged = min !== undefined || max !== undefined
  if (!ranged && values === undefined) throw wrong(place, 'min, max or values')
  if (ranged && spec.kind !== 'number') throw wrong(place, 'values, as it has no numbers')
  if (min !== undefined && max !== undefined && min > max) throw wrong(place, 'min not to be above max')
  const read: ValueRange = {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(values && { values: values.map(value => readValue(place, value, spec)) }),
  }
  return read
}

function readValue(place: string, given: unknown, spec: OptionSpec): OptionValue {
  const text = printValue(spec, given)
  const value = text === undefined ? undefined : parseValue(spec, text)
  if (value !== undefined) return value
  throw wrong(place, describeExpected(spec))
}

function readPresetName(name: string): string {
  if (isPlainName(name)) return name
  throw wrong('presets', 'names of 1 to 32 characters a-z and 0-9')
}

function wrong(place: string, expected: string): DarkroomError {
  return new DarkroomError('bad-request', `${place.slice(0, 120)}: expected ${expected}`)
}

import { DarkroomError } from '../errors/catalogue.ts'
import { parseFormat } from './grammar.ts'
import { describeJson, parseJsonValue } from './json-step.ts'
import type { OperationTable, OptionSpec, OptionValue } from './option.ts'
import type { OperationRule, Policy, PolicyLimits, ValueRange, ValueRule } from './policy.ts'
import { isPlainName } from './preset.ts'
import { optionSpecsOf } from './step.ts'
import { parseValue, printValue } from './values.ts'

/** A range as it arrives in JSON, before its values are checked against the option. */
export interface RangeInput {
  min?: number
  max?: number
  values?: unknown[]
}

/** A policy as it arrives in JSON. It may use short forms: a list of operations, or a list of an option's values. */
export interface PolicyInput {
  operations?: string[] | Record<string, true | Record<string, true | unknown[] | RangeInput>>
  formats?: string[]
  presets?: string[]
  limits?: PolicyLimits
}

/**
 * Parses a policy into its canonical form, with every name and value checked against the grammar.
 * @throws DarkroomError `bad-url` for an unknown operation or format, `bad-request` for any other unknown name or value
 */
export function parsePolicy(
  { operations, formats, presets, limits }: PolicyInput,
  table: OperationTable,
): Policy {
  return {
    ...(operations && { operations: parseOperations(operations, table) }),
    ...(formats && { formats: formats.map(parseFormat) }),
    ...(presets && { presets: presets.map(parsePresetName) }),
    ...(limits && { limits }),
  }
}

function parseOperations(
  given: NonNullable<PolicyInput['operations']>,
  table: OperationTable,
): Record<string, OperationRule> {
  const rules = Array.isArray(given) ? given.map(op => [op, true] as const) : Object.entries(given)
  return Object.fromEntries(rules.map(([op, rule]) => [op, parseOperation(op, rule, table)]))
}

function parseOperation(
  op: string,
  given: true | Record<string, true | unknown[] | RangeInput>,
  table: OperationTable,
): OperationRule {
  const specs = optionSpecsOf(op, table)
  if (given === true) return true
  const rules = Object.entries(given).map(([name, rule]): [string, ValueRule] => {
    const place = `operations.${op}.${name}`
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    if (spec) return [name, parseRule(place, rule, spec)]
    const names = Object.keys(specs).join(', ')
    throw badRule(place, `unknown option, expected ${names === '' ? 'no options' : `one of ${names}`}`)
  })
  return Object.fromEntries(rules)
}

function parseRule(place: string, given: true | unknown[] | RangeInput, spec: OptionSpec): ValueRule {
  if (given === true) return true
  const range: RangeInput = Array.isArray(given) ? { values: given } : given
  const { min, max, values } = range
  const ranged = min !== undefined || max !== undefined
  if (!ranged && values === undefined) throw badRule(place, 'empty range, expected min, max or values')
  if (ranged && spec.kind !== 'number') throw badRule(place, 'not a numeric option, expected values')
  if (min !== undefined && max !== undefined && min > max)
    throw badRule(place, 'min is greater than max, expected at most max')
  const rule: ValueRange = {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(values && { values: values.map(value => parseListed(place, value, spec)) }),
  }
  return rule
}

function parseListed(place: string, given: unknown, spec: OptionSpec): OptionValue {
  const text = printValue(spec, parseJsonValue(spec, given))
  const value = text === undefined ? undefined : parseValue(spec, text)
  if (value !== undefined) return value
  throw badRule(place, `invalid value, expected ${describeJson(spec)}`)
}

function parsePresetName(name: string): string {
  if (isPlainName(name)) return name
  throw badRule('presets', 'invalid name, expected 1 to 32 characters a-z and 0-9')
}

function badRule(place: string, problem: string): DarkroomError {
  return new DarkroomError('bad-request', `${place.slice(0, 120)}: ${problem}`)
}

import type { Step } from './address.ts'
import { badUrl } from './bad-url.ts'
import { describeExpected } from './expectation.ts'
import type { NumberSpec, OperationTable, OptionSpec, OptionValue } from './option.ts'
import { normalizeStep, optionSpecsOf, type StepInput, specOf } from './step.ts'

/** The values that a number of this many parts per unit can have in a URL: six decimals. */
const perUnit = 1_000_000

/**
 * Parses a step of a JSON body, whose values have the types that the client meant: `"300"` is no number, and 0 is not
 * `false`.
 * @throws DarkroomError `bad-url` that names the option
 */
export function parseJsonStep({ op, ...options }: StepInput, table: OperationTable): Step {
  const specs = optionSpecsOf(op, table)
  const typed = Object.entries(options).map(([name, given]) => {
    const spec = specOf(op, name, specs)
    // printing a text of a megabyte would take a long time; UTF-8 has no fewer bytes than JavaScript has characters
    if (spec.kind === 'text' && typeof given === 'string' && given.length > spec.maxBytes)
      throw badUrl(`${op}: ${name} is too long, expected ${describeJson(spec)}`)
    const value = parseJsonValue(spec, given)
    if (value !== undefined) return [name, value]
    throw badUrl(`${op}: ${name} is ${typeName(given)}, expected ${describeJson(spec)}`)
  })
  return normalizeStep({ ...Object.fromEntries(typed), op }, table)
}

/**
 * An option's value in JSON, which is not yet checked except for its type; undefined for a wrong one. A number is rounded
 * to six decimals, because a computed one such as 0.1 + 0.2 has more than a URL can contain.
 */
export function parseJsonValue(spec: OptionSpec, value: unknown): OptionValue | undefined {
  if (spec.kind === 'number' && typeof value === 'number') return toDecimals(spec, value)
  if (spec.kind === 'flag') return typeof value === 'boolean' ? value : undefined
  if (typeof value !== 'string') return undefined
  return spec.kind !== 'number' || spec.words?.includes(value) ? value : undefined
}

/** A value in JSON that an option accepts, for error messages (after "expected"). */
export function describeJson(spec: OptionSpec): string {
  if (spec.kind === 'flag') return 'true or false'
  return spec.kind === 'text' ? `a text of at most ${spec.maxBytes} bytes` : describeExpected(spec)
}

function toDecimals({ min, max, integer, fraction }: NumberSpec, value: number): number {
  if (value < min || value > max || (integer && !fraction)) return value
  const rounded = Math.round(value * perUnit) / perUnit
  // 1 would be a pixel
  if (fraction && Math.abs(value) < 1 && Math.abs(rounded) === 1) return rounded * (1 - 1 / perUnit)
  return rounded
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

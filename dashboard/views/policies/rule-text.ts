import { describeExpected } from '../../../service/url/expectation.ts'
import type { OptionSpec, OptionValue } from '../../../service/url/option.ts'
import type { ValueRange, ValueRule } from '../../../service/url/policy.ts'
import { parseValue, printValue } from '../../../service/url/values.ts'

/** The texts that allow every value of an option. */
const anyValue = 'any'

/**
 * Prints what an option may be: `any`, `16 to 3840`, `cover, inside`. A comma within a value is written as `\,`. The
 * inverse of `parseRule`.
 */
export function printRule(rule: ValueRule): string {
  if (rule === true) return anyValue
  const { min, max, values = [] } = rule
  const range = min === undefined && max === undefined ? [] : [`${min ?? ''} to ${max ?? ''}`.trim()]
  return [...range, ...values.map(printListed)].join(', ')
}

function printListed(value: OptionValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return String(value).replaceAll(/[\\,]/g, '\\$&')
}

/** Parses what an option may be. @throws Error that says what is expected */
export function parseRule(text: string, spec: OptionSpec): ValueRule {
  const parts = text
    .split(/(?<!\\),/)
    .map(part => part.trim().replaceAll(/\\([\\,])/g, '$1'))
    .filter(part => part !== '')
  if (parts.length === 1 && parts[0] === anyValue) return true
  let range: Pick<ValueRange, 'min' | 'max'> | undefined
  const values: OptionValue[] = []
  for (const part of parts) {
    const found = spec.kind === 'number' ? parseRange(part) : undefined
    if (found && range) throw new Error('Expected one range at most')
    if (found) range = found
    else values.push(parseListed(part, spec))
  }
  return { ...range, ...(values.length > 0 && { values }) }
}

function parseRange(part: string): Pick<ValueRange, 'min' | 'max'> | undefined {
  const [, low, high] = /^(-?[\d.]+)?\s*to\s*(-?[\d.]+)?$/.exec(part) ?? []
  if (low === undefined && high === undefined) return undefined
  const range = {
    ...(low !== undefined && { min: Number(low) }),
    ...(high !== undefined && { max: Number(high) }),
  }
  if (Object.values(range).some(Number.isNaN)) return undefined
  if (low !== undefined && high !== undefined && Number(low) > Number(high)) {
    throw new Error('The first number must not be greater than the second')
  }
  return range
}

function parseListed(part: string, spec: OptionSpec): OptionValue {
  const token = spec.kind === 'flag' ? flags[part] : printValue(spec, part)
  const value = token === undefined ? undefined : parseValue(spec, token)
  if (value !== undefined) return value
  const range = spec.kind === 'number' ? ', a range such as 100 to 2000' : ''
  throw new Error(`Expected any${range}, or values separated by commas: ${expectedValue(spec)}`)
}

const flags: Readonly<Record<string, string>> = { on: '1', off: '0' }

/** The values that an option accepts, as they are typed into the form. */
export function expectedValue(spec: OptionSpec): string {
  if (spec.kind === 'flag') return 'on or off'
  return spec.kind === 'text' ? `at most ${spec.maxBytes} bytes` : describeExpected(spec)
}

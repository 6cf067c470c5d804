import type { Step } from './address.ts'
import { badUrl, quoted } from './bad-url.ts'
import { dropDefaults, fillDefaults } from './defaults.ts'
import { describeExpected } from './expectation.ts'
import type { OperationTable, OptionSpec, OptionSpecs, OptionValue } from './option.ts'
import { isOutOfRange, parseValue, printValue } from './values.ts'

/** A step as JSON or a program gives it: numbers may be numeric text, flags `0` and `1`, text is not encoded. */
export interface StepInput {
  readonly op: string
  readonly [option: string]: unknown
}

/**
 * A step from values that nothing has checked, as the grammar would have read it from a URL.
 * @throws DarkroomError `bad-url` for what a URL could not hold either, with the same message
 */
export function normalizeStep({ op, ...options }: StepInput, table: OperationTable): Step {
  const specs = optionSpecsOf(op, table)
  const given = new Map<string, OptionValue>()
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) given.set(name, acceptValue(op, name, value, specOf(op, name, specs)))
  }
  return { op, options: dropDefaults(given, specs) }
}

/**
 * A step from an operation's token and its options token, such as `resize` and `w-300,fit-cover`.
 * @throws DarkroomError `bad-url`
 */
export function parseStep(op: string, optionsToken: string | undefined, table: OperationTable): Step {
  const specs = optionSpecsOf(op, table)
  const given = new Map<string, OptionValue>()
  for (const token of optionsToken?.split(',') ?? []) {
    const [name, text] = splitOption(op, token)
    if (given.has(name)) throw badUrl(`${op}: ${quoted(token)} repeats the option ${quoted(name)}`)
    given.set(name, readValue(op, name, text, specOf(op, name, specs)))
  }
  return { op, options: dropDefaults(given, specs) }
}

/**
 * A step's options with the defaults filled in, conditional ones too: what the planner works with.
 * @throws DarkroomError `bad-url` for an unknown operation
 */
export function completeOptions(step: Step, table: OperationTable): Readonly<Record<string, OptionValue>> {
  return fillDefaults(step.options, optionSpecsOf(step.op, table))
}

/** The option specs of an operation. @throws DarkroomError `bad-url` for an unknown one */
export function optionSpecsOf(op: string, table: OperationTable): OptionSpecs {
  const operation = table.get(op)
  if (operation) return operation.options
  throw badUrl(`"${quoted(op)}" is not an operation: expected one of ${[...table.keys()].join(', ')}`)
}

/** An own property only: `constructor` and `__proto__` are no options. */
function specOf(op: string, name: string, specs: OptionSpecs): OptionSpec {
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
  if (spec) return spec
  const names = Object.keys(specs)
  const expected = names.length > 0 ? `expected one of ${names.join(', ')}` : 'it takes none'
  throw badUrl(`${op}: "${quoted(name)}" is not an option: ${expected}`)
}

function splitOption(op: string, token: string): [name: string, text: string] {
  const dash = token.indexOf('-')
  if (dash < 1) throw badUrl(`${op}: "${quoted(token)}" is not an option: expected name-value`)
  return [token.slice(0, dash), token.slice(dash + 1)]
}

function readValue(op: string, name: string, text: string, spec: OptionSpec): OptionValue {
  const value = parseValue(spec, text)
  if (value !== undefined) return value
  const problem = isOutOfRange(spec, text) ? 'is out of range' : 'is not valid'
  throw badUrl(`${op}: ${name}-${quoted(text)} ${problem}: ${describeExpected(spec)}`)
}

function acceptValue(op: string, name: string, value: unknown, spec: OptionSpec): OptionValue {
  return readValue(op, name, printValue(spec, value) ?? shown(value), spec)
}

/** A value that has no text, for the message; `String` alone would throw on some objects that JSON can hold. */
function shown(value: unknown): string {
  return typeof value === 'object' ? '(object)' : `(${typeof value})`
}

import type { Step } from './address.ts'
import { badUrl, quoted } from './bad-url.ts'
import { dropDefaults, fillDefaults } from './defaults.ts'
import { describeExpected } from './expectation.ts'
import type { OperationTable, OptionSpec, OptionSpecs, OptionValue } from './option.ts'
import { isOutOfRange, parseValue, printValue } from './values.ts'

/** A step as JSON or code provides it: numbers may be numeric text, flags `0` and `1`, text is not encoded. */
export interface StepInput {
  readonly op: string
  readonly [option: string]: unknown
}

/**
 * Validates a step and drops its defaults, as if the grammar had parsed it from a URL.
 * @throws DarkroomError `bad-url` for values that a URL could not contain either, with the same message
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
 * Parses a step from an operation's token and its options token, such as `resize` and `w-300,fit-cover`.
 * @throws DarkroomError `bad-url`
 */
export function parseStep(op: string, optionsToken: string | undefined, table: OperationTable): Step {
  const specs = optionSpecsOf(op, table)
  const given = new Map<string, OptionValue>()
  for (const token of optionsToken?.split(',') ?? []) {
    const [name, text] = splitOption(op, token)
    if (given.has(name))
      throw badUrl(`${op}: ${quoted(token)} repeats option ${quoted(name)}, expected each option once`)
    given.set(name, readValue(op, name, text, specOf(op, name, specs)))
  }
  return { op, options: dropDefaults(given, specs) }
}

/**
 * A step's options with all defaults filled in, conditional ones too. The planner works with these.
 * @throws DarkroomError `bad-url` for an unknown operation
 */
export function completeOptions(step: Step, table: OperationTable): Readonly<Record<string, OptionValue>> {
  return fillDefaults(step.options, optionSpecsOf(step.op, table))
}

/** The option specs of an operation. @throws DarkroomError `bad-url` for an unknown one */
export function optionSpecsOf(op: string, table: OperationTable): OptionSpecs {
  const operation = table.get(op)
  if (operation) return operation.options
  throw badUrl(`unknown operation "${quoted(op)}", expected one of ${[...table.keys()].join(', ')}`)
}

/**
 * The spec of an option. Looks at own properties only: `constructor` and `__proto__` are not options.
 * @throws DarkroomError `bad-url` for an unknown one
 */
export function specOf(op: string, name: string, specs: OptionSpecs): OptionSpec {
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
  if (spec) return spec
  const names = Object.keys(specs)
  const expected = names.length > 0 ? `one of ${names.join(', ')}` : 'no options'
  throw badUrl(`${op}: unknown option "${quoted(name)}", expected ${expected}`)
}

function splitOption(op: string, token: string): [name: string, text: string] {
  const dash = token.indexOf('-')
  if (dash < 1) throw badUrl(`${op}: invalid option "${quoted(token)}", expected name-value`)
  return [token.slice(0, dash), token.slice(dash + 1)]
}

function readValue(op: string, name: string, text: string, spec: OptionSpec): OptionValue {
  const value = parseValue(spec, text)
  if (value !== undefined) return value
  const problem = isOutOfRange(spec, text) ? 'out of range' : 'invalid'
  throw badUrl(`${op}: ${name}-${quoted(text)} is ${problem}, expected ${describeExpected(spec)}`)
}

function acceptValue(op: string, name: string, value: unknown, spec: OptionSpec): OptionValue {
  return readValue(op, name, printValue(spec, value) ?? describeType(value), spec)
}

/** Describes a value that cannot be printed. `String(value)` would throw on some objects that JSON can contain. */
function describeType(value: unknown): string {
  return typeof value === 'object' ? '(object)' : `(${typeof value})`
}

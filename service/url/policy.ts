import type { DerivativeAddress, Extension, Step } from './address.ts'
import { quoted } from './bad-url.ts'
import type { OperationTable, OptionValue } from './option.ts'
import { isPreset, presetName } from './preset.ts'
import { completeOptions, optionSpecsOf } from './step.ts'
import { printValue } from './values.ts'

/** The values that an option may have: those listed, and the numbers of the range if there is one. */
export interface ValueRange {
  readonly min?: number
  readonly max?: number
  readonly values?: readonly OptionValue[]
}

/** `true` allows every value. */
export type ValueRule = true | ValueRange

/** `true` allows every option. Otherwise an option that is not named must keep its default. */
export type OperationRule = true | Readonly<Record<string, ValueRule>>

/** Limits of the result. */
export interface PolicyLimits {
  /** Pixels. */
  readonly maxWidth?: number
  /** Pixels. */
  readonly maxHeight?: number
  /** Operations, including those of presets. */
  readonly maxSteps?: number
}

/** The transforms of an image that one signature allows. Everything else is rejected. */
export interface Policy {
  /** Operations that a URL may contain; without it a URL may contain presets only. */
  readonly operations?: Readonly<Record<string, OperationRule>>
  /** Allowed extensions; all if absent. `auto` must be listed itself, and then allows every format it resolves to. */
  readonly formats?: readonly Extension[]
  /** Presets that a URL may name, whatever operations they contain. */
  readonly presets?: readonly string[]
  readonly limits?: PolicyLimits
}

/** How a URL violates a policy, checked before presets are expanded; undefined when it does not. */
export function urlViolation(
  policy: Policy,
  { steps, format }: Pick<DerivativeAddress, 'steps' | 'format'>,
  table: OperationTable,
): string | undefined {
  if (policy.formats && !policy.formats.includes(format)) {
    return `format ${format} is not allowed, expected one of ${policy.formats.join(', ')}`
  }
  const violation = policy.operations === undefined ? presetOnlyViolation(steps) : undefined
  return violation ?? firstViolation(steps, step => stepViolation(policy, step, table))
}

/** Why a URL is rejected where only presets are allowed; undefined when it contains presets and nothing else. */
export function presetOnlyViolation(steps: readonly Step[]): string | undefined {
  if (steps.length === 0) return 'an image without operations is not allowed, expected a preset'
  const otherStep = steps.find(step => !isPreset(step))
  return otherStep && `${otherStep.op} is not allowed, expected presets only`
}

/** How the number of operations, counted after presets are expanded, exceeds its limit; undefined when it does not. */
export function stepCountViolation({ maxSteps }: PolicyLimits, steps: readonly Step[]): string | undefined {
  if (maxSteps === undefined || steps.length <= maxSteps) return undefined
  return `${steps.length} operations are not allowed, expected at most ${maxSteps}`
}

/** How a result of this size exceeds the limits; undefined when it does not. */
export function sizeViolation(
  { maxWidth, maxHeight }: PolicyLimits,
  { width, height }: { readonly width: number; readonly height: number },
): string | undefined {
  if (maxWidth !== undefined && width > maxWidth) {
    return `a width of ${width} pixels is not allowed, expected at most ${maxWidth}`
  }
  if (maxHeight !== undefined && height > maxHeight) {
    return `a height of ${height} pixels is not allowed, expected at most ${maxHeight}`
  }
  return undefined
}

function stepViolation(policy: Policy, step: Step, table: OperationTable): string | undefined {
  if (isPreset(step) && policy.presets?.includes(presetName(step))) return undefined
  const { operations = {} } = policy
  const rule = Object.hasOwn(operations, step.op) ? operations[step.op] : undefined
  if (rule === true) return undefined
  if (rule !== undefined) return optionViolation(step, rule, table)
  return isPreset(step)
    ? `preset: n-${quoted(presetName(step))} is not allowed, expected ${oneOf(policy.presets ?? [])}`
    : `${step.op} is not allowed, expected ${oneOf(Object.keys(operations))}`
}

/** The allowed names, for an error that says what was expected. */
export function oneOf(names: readonly string[]): string {
  return names.length > 0 ? `one of ${names.join(', ')}` : 'none'
}

/** Checks the values in effect, defaults included, so that leaving an option out does not bypass its range. */
function optionViolation(
  step: Step,
  rules: Readonly<Record<string, ValueRule>>,
  table: OperationTable,
): string | undefined {
  const specs = optionSpecsOf(step.op, table)
  return firstViolation(Object.entries(completeOptions(step, table)), ([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    const allowed = rule === undefined ? !Object.hasOwn(step.options, name) : allows(rule, value)
    const spec = specs[name]
    if (allowed || spec === undefined) return undefined
    const text = quoted(printValue(spec, value) ?? '')
    return `${step.op}: ${name}-${text} is not allowed, expected ${rule ? describeRule(rule) : 'its default'}`
  })
}

function allows(rule: ValueRule, value: OptionValue): boolean {
  if (rule === true || rule.values?.includes(value)) return true
  if (rule.min === undefined && rule.max === undefined) return false
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = rule
  return typeof value === 'number' && value >= min && value <= max
}

function describeRule(rule: ValueRule): string {
  if (rule === true) return 'any value'
  const { min, max, values = [] } = rule
  const range = [min === undefined ? '' : `at least ${min}`, max === undefined ? '' : `at most ${max}`]
  const ranged = range.filter(part => part !== '').join(' and ')
  return [...(ranged === '' ? [] : [ranged]), ...values.map(String)].join(' or ') || 'nothing'
}

function firstViolation<Item>(
  items: readonly Item[],
  check: (item: Item) => string | undefined,
): string | undefined {
  for (const item of items) {
    const violation = check(item)
    if (violation !== undefined) return violation
  }
  return undefined
}

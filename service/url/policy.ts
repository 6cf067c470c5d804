import type { DerivativeAddress, Extension, Step } from './address.ts'
import { quoted } from './bad-url.ts'
import type { OperationTable, OptionValue } from './option.ts'
import { isPreset, presetName } from './preset.ts'
import { completeOptions, optionSpecsOf } from './step.ts'
import { printValue } from './values.ts'

/** The values that an option may have: those listed, and the numbers of the range when one is given. */
export interface ValueRange {
  readonly min?: number
  readonly max?: number
  readonly values?: readonly OptionValue[]
}

/** `true`: every value. */
export type ValueRule = true | ValueRange

/** `true`: with every option. Otherwise an option that is not named here keeps its default. */
export type OperationRule = true | Readonly<Record<string, ValueRule>>

/** Bounds of the result. */
export interface PolicyLimits {
  /** Pixels. */
  readonly maxWidth?: number
  /** Pixels. */
  readonly maxHeight?: number
  /** Operations, those of presets counted, too. */
  readonly maxSteps?: number
}

/** What one signature allows for an image. What is not allowed here is refused. */
export interface Policy {
  /** Operations that a URL may write out; without it a URL consists of presets alone. */
  readonly operations?: Readonly<Record<string, OperationRule>>
  /** Extensions; without it every one. `auto` stands for whatever it becomes. */
  readonly formats?: readonly Extension[]
  /** Presets that a URL may name, whatever they consist of. */
  readonly presets?: readonly string[]
  readonly limits?: PolicyLimits
}

/** Why a policy does not allow what a URL writes, its presets not yet expanded; undefined when it does. */
export function urlViolation(
  policy: Policy,
  { steps, format }: Pick<DerivativeAddress, 'steps' | 'format'>,
  table: OperationTable,
): string | undefined {
  if (policy.formats && !policy.formats.includes(format)) {
    return `the format ${format} is not allowed: expected one of ${policy.formats.join(', ')}`
  }
  const unwritten = policy.operations === undefined ? presetOnlyViolation(steps) : undefined
  return unwritten ?? firstOf(steps, step => stepViolation(policy, step, table))
}

/** Why a URL does not consist of presets alone; undefined when it does. */
export function presetOnlyViolation(steps: readonly Step[]): string | undefined {
  if (steps.length === 0) return 'the image without a preset is not allowed'
  const own = steps.find(step => !isPreset(step))
  return own && `${own.op} is not allowed: expected presets only`
}

/** Why the operations, their presets expanded, are more than the limits allow; undefined when they are not. */
export function stepCountViolation({ maxSteps }: PolicyLimits, steps: readonly Step[]): string | undefined {
  if (maxSteps === undefined || steps.length <= maxSteps) return undefined
  return `${steps.length} operations are not allowed: expected at most ${maxSteps}`
}

/** Why a result of this size is larger than the limits allow; undefined when it is not. */
export function sizeViolation(
  { maxWidth, maxHeight }: PolicyLimits,
  { width, height }: { readonly width: number; readonly height: number },
): string | undefined {
  if (maxWidth !== undefined && width > maxWidth) {
    return `a width of ${width} pixels is not allowed: expected at most ${maxWidth}`
  }
  if (maxHeight !== undefined && height > maxHeight) {
    return `a height of ${height} pixels is not allowed: expected at most ${maxHeight}`
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
    ? `preset: n-${quoted(presetName(step))} is not allowed: expected one of ${policy.presets?.join(', ') ?? 'none'}`
    : `${step.op} is not allowed: expected one of ${Object.keys(operations).join(', ') || 'none'}`
}

/** The values that take effect count, so that leaving an option out is no way around its range. */
function optionViolation(
  step: Step,
  rules: Readonly<Record<string, ValueRule>>,
  table: OperationTable,
): string | undefined {
  const specs = optionSpecsOf(step.op, table)
  return firstOf(Object.entries(completeOptions(step, table)), ([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    const allowed = rule === undefined ? !Object.hasOwn(step.options, name) : admits(rule, value)
    const spec = specs[name]
    if (allowed || spec === undefined) return undefined
    const text = quoted(printValue(spec, value) ?? '')
    return `${step.op}: ${name}-${text} is not allowed: expected ${rule ? expected(rule) : 'its default'}`
  })
}

function admits(rule: ValueRule, value: OptionValue): boolean {
  if (rule === true || rule.values?.includes(value)) return true
  if (rule.min === undefined && rule.max === undefined) return false
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = rule
  return typeof value === 'number' && value >= min && value <= max
}

function expected(rule: ValueRule): string {
  if (rule === true) return 'any value'
  const { min, max, values = [] } = rule
  const range = [min === undefined ? '' : `at least ${min}`, max === undefined ? '' : `at most ${max}`]
  const ranged = range.filter(part => part !== '').join(' and ')
  return [...(ranged === '' ? [] : [ranged]), ...values.map(String)].join(' or ') || 'nothing'
}

function firstOf<Item>(
  items: readonly Item[],
  objection: (item: Item) => string | undefined,
): string | undefined {
  for (const item of items) {
    const found = objection(item)
    if (found !== undefined) return found
  }
  return undefined
}

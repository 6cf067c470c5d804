import type { Extension } from '../../../service/url/address.ts'
import type { OperationTable, OptionSpecs } from '../../../service/url/option.ts'
import type { OperationRule, Policy as Rules, ValueRule } from '../../../service/url/policy.ts'
import { errorMessage } from '../../calls.ts'
import { parseRule, printRule } from './rule-text.ts'

/** An allowed operation in the form. */
export interface OperationForm {
  readonly op: string
  /** Whether its options may have any value. */
  readonly free: boolean
  /** What its options may be, as text. An option without text keeps its default. */
  readonly options: Readonly<Record<string, string>>
}

export const limitNames = ['maxWidth', 'maxHeight', 'maxSteps'] as const
export type LimitName = (typeof limitNames)[number]

/** A policy as the form holds it, valid or not. */
export interface PolicyForm {
  /** Undefined when URLs may use presets only. */
  readonly operations: readonly OperationForm[] | undefined
  /** Undefined when URLs may use any format. */
  readonly formats: readonly string[] | undefined
  readonly presets: readonly string[]
  readonly limits: Readonly<Record<LimitName, string>>
}

export function formOf({ operations, formats, presets = [], limits = {} }: Rules): PolicyForm {
  return {
    operations: operations && Object.entries(operations).map(([op, rule]) => operationForm(op, rule)),
    formats,
    presets,
    limits: {
      maxWidth: String(limits.maxWidth ?? ''),
      maxHeight: String(limits.maxHeight ?? ''),
      maxSteps: String(limits.maxSteps ?? ''),
    },
  }
}

export function operationForm(op: string, rule: OperationRule): OperationForm {
  if (rule === true) return { op, free: true, options: {} }
  const options = Object.entries(rule).map(([name, allowed]) => [name, printRule(allowed)] as const)
  return { op, free: false, options: Object.fromEntries(options) }
}

/** The error of an option's text; undefined when it is valid or empty. */
export function ruleError(text: string, spec: OptionSpecs[string]): string | undefined {
  try {
    if (text.trim() !== '') parseRule(text, spec)
    return undefined
  } catch (error) {
    return errorMessage(error)
  }
}

const largest: Readonly<Record<LimitName, number>> = { maxWidth: 8192, maxHeight: 8192, maxSteps: 32 }

/** The error of a limit; undefined when it is valid or empty. */
export function limitError(name: LimitName, text: string): string | undefined {
  const value = Number(text)
  if (text.trim() === '' || (Number.isInteger(value) && value >= 1 && value <= largest[name]))
    return undefined
  return `Expected an integer from 1 to ${largest[name]}, or nothing for no limit`
}

/** The rules of a form. @throws Error for a form with errors */
export function rulesOf(form: PolicyForm, table: OperationTable): Rules {
  const limits = limitNames
    .filter(name => form.limits[name].trim() !== '')
    .map(name => [name, Number(form.limits[name])])
  const operations = form.operations?.map(one => [one.op, operationRule(one, table)])
  return {
    ...(operations && { operations: Object.fromEntries(operations) }),
    // the service checks the names
    ...(form.formats && { formats: form.formats as Extension[] }),
    ...(form.presets.length > 0 && { presets: form.presets }),
    ...(limits.length > 0 && { limits: Object.fromEntries(limits) }),
  }
}

function operationRule({ op, free, options }: OperationForm, table: OperationTable): OperationRule {
  if (free) return true
  const specs = table.get(op)?.options ?? {}
  const rules: [string, ValueRule][] = []
  for (const [name, text] of Object.entries(options)) {
    const spec = specs[name]
    if (spec && text.trim() !== '') rules.push([name, parseRule(text, spec)])
  }
  return Object.fromEntries(rules)
}

/** Whether every field of a form is valid. */
export function isValid({ operations = [], limits }: PolicyForm, table: OperationTable): boolean {
  if (limitNames.some(name => limitError(name, limits[name]))) return false
  return operations.every(({ op, free, options }) => {
    const specs = table.get(op)?.options ?? {}
    return free || Object.entries(specs).every(([name, spec]) => !ruleError(options[name] ?? '', spec))
  })
}

/** One line that says what a policy allows. */
export function summaryOf({ operations, formats, presets = [] }: Rules): string {
  const names = Object.keys(operations ?? {})
  const allowed = [...names, ...presets.map(name => `preset ${name}`)]
  return `${allowed.join(', ') || 'nothing'} · ${formats?.join(', ') ?? 'any format'}`
}

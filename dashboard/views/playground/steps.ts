import type { Step } from '../../../service/url/address.ts'
import { parseSteps } from '../../../service/url/grammar.ts'
import type { OperationTable, OptionSpec, OptionSpecs, OptionValue } from '../../../service/url/option.ts'
import { printSteps } from '../../../service/url/print.ts'
import { normalizeStep } from '../../../service/url/step.ts'
import type { Operation, StepInput } from '../../api-types.ts'
import { errorMessage } from '../../calls.ts'

/** One operation in the form. Option values are kept as typed, valid or not; empty ones are omitted. */
export interface FormStep {
  /** Identifies the step on this page, also after reordering. */
  readonly id: number
  readonly op: string
  readonly values: Readonly<Record<string, string>>
}

let last = 0

export function formStep(op: string, values: Readonly<Record<string, string>>): FormStep {
  return { id: ++last, op, values }
}

/** The operation table for the grammar, built from the API's response. */
export function operationTableOf(operations: readonly Operation[]): OperationTable {
  return new Map(
    operations.map(({ name, options }) => {
      const specs: OptionSpecs = Object.fromEntries(
        options.map(({ name: option, ...spec }) => [option, spec]),
      )
      return [name, { options: specs }]
    }),
  )
}

/** A step for the grammar, which accepts all values as text. */
export function inputOf({ op, values }: FormStep): StepInput {
  return { ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')), op }
}

/** A step for the API, where numbers and flags have their types. The API refuses an invalid step with the same error. */
export function typedStep(step: FormStep, table: OperationTable): StepInput {
  const input = inputOf(step)
  try {
    const { op, options } = normalizeStep(input, table)
    return { ...options, op }
  } catch {
    return input
  }
}

/** The validation error of a step; undefined when it is valid. */
export function stepError(step: FormStep, table: OperationTable): string | undefined {
  try {
    normalizeStep(inputOf(step), table)
    return undefined
  } catch (error) {
    return errorMessage(error)
  }
}

/** What a new step still needs before it can be rendered; undefined when it needs nothing. */
export function missingValue({ op, values }: FormStep): string | undefined {
  if (op === 'preset' && !values.n) return 'Choose a preset'
  return op === 'overlay' && !values.i ? 'Choose an image to overlay' : undefined
}

/** Steps in canonical form, as they stand in a URL; an empty string when one is invalid. */
export function stepsText(steps: readonly FormStep[], table: OperationTable): string {
  try {
    return printSteps(
      steps.map(step => normalizeStep(inputOf(step), table)),
      table,
    )
  } catch {
    return ''
  }
}

/** A step's options in words, such as `Width 800 · Fit cover`. */
export function stepReading({ values }: FormStep, { options }: Operation): string {
  return options
    .filter(({ name }) => values[name])
    .map(spec => `${spec.label} ${readingOf(spec, values[spec.name] ?? '')}`)
    .join(' · ')
}

function readingOf({ kind }: OptionSpec, value: string): string {
  if (kind === 'flag') return value === '1' ? 'on' : 'off'
  return kind === 'text' ? `“${value.replaceAll(/\s+/g, ' ')}”` : value
}

/** Converts parsed steps of a URL to steps of the form. */
export function fromGrammar(steps: readonly Step[]): FormStep[] {
  return steps.map(({ op, options }) => {
    const values = Object.entries(options).map(([name, value]) => [name, textOf(value)] as const)
    return formStep(op, Object.fromEntries(values))
  })
}

const textOf = (value: OptionValue) => (typeof value === 'boolean' ? String(Number(value)) : String(value))

/** A new step with the values of its example, without images and presets, which the user may not have. */
export function exampleStep({ name, example, options }: Operation, table: OperationTable): FormStep {
  const [step] = fromGrammar(parseSteps(example, table)).filter(({ op }) => op === name)
  const values = Object.entries(step?.values ?? {}).filter(
    ([option]) => name !== 'preset' && options.find(spec => spec.name === option)?.kind !== 'image',
  )
  return formStep(name, Object.fromEntries(values))
}

/** Moves a step from one position to another. */
export function move(steps: readonly FormStep[], from: number, to: number): FormStep[] {
  const rest = steps.filter((_, index) => index !== from)
  const moved = steps[from]
  return moved === undefined ? [...steps] : rest.toSpliced(to, 0, moved)
}

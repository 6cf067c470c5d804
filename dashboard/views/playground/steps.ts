import type { Step } from '../../../service/url/address.ts'
import { parseSteps } from '../../../service/url/grammar.ts'
import type { OperationTable, OptionSpecs, OptionValue } from '../../../service/url/option.ts'
import { normalizeStep } from '../../../service/url/step.ts'
import type { Operation, StepInput } from '../../api-types.ts'
import { errorMessage } from '../../calls.ts'

/** One operation of the form: its options as somebody types them, valid or not; what is empty is left out. */
export interface FormStep {
  /** Tells the steps of a page apart, wherever they move. */
  readonly id: number
  readonly op: string
  readonly values: Readonly<Record<string, string>>
}

let last = 0

export function formStep(op: string, values: Readonly<Record<string, string>>): FormStep {
  return { id: ++last, op, values }
}

/** The operations as the grammar needs them, from what the API tells. */
export function tableOf(operations: readonly Operation[]): OperationTable {
  return new Map(
    operations.map(({ name, options }) => {
      const specs: OptionSpecs = Object.fromEntries(
        options.map(({ name: option, ...spec }) => [option, spec]),
      )
      return [name, { options: specs }]
    }),
  )
}

/** A step of the form as the API takes it; everything may be text there. */
export function inputOf({ op, values }: FormStep): StepInput {
  return { ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '')), op }
}

/** What is wrong with a step, as the service would say it; undefined when the grammar takes it. */
export function stepError(step: FormStep, table: OperationTable): string | undefined {
  try {
    normalizeStep(inputOf(step), table)
    return undefined
  } catch (error) {
    return errorMessage(error)
  }
}

/** Steps of a URL as the form shows them. */
export function fromGrammar(steps: readonly Step[]): FormStep[] {
  return steps.map(({ op, options }) => {
    const values = Object.entries(options).map(([name, value]) => [name, textOf(value)] as const)
    return formStep(op, Object.fromEntries(values))
  })
}

const textOf = (value: OptionValue) => (typeof value === 'boolean' ? String(Number(value)) : String(value))

/** A new step as its example has it, without other people's images. */
export function exampleOf({ name, example, options }: Operation, table: OperationTable): FormStep {
  const [step] = fromGrammar(parseSteps(example, table)).filter(({ op }) => op === name)
  const values = Object.entries(step?.values ?? {}).filter(
    ([option]) => options.find(spec => spec.name === option)?.kind !== 'image',
  )
  return formStep(name, Object.fromEntries(values))
}

/** The steps in another order: one from a place to another. */
export function move(steps: readonly FormStep[], from: number, to: number): FormStep[] {
  const rest = steps.filter((_, index) => index !== from)
  const moved = steps[from]
  return moved === undefined ? [...steps] : rest.toSpliced(to, 0, moved)
}

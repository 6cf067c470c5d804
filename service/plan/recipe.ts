import type { CompleteOptions } from '../operations/operation.ts'
import type { Operations } from '../operations/registry.ts'
import type { OutputFormat } from './formats.ts'
import type { PlannedStep } from './steps.ts'
import type { Subject } from './subject.ts'

/** What a plan was made of, as data alone: another process makes the same plan of it again. */
export interface Recipe {
  readonly subject: Subject
  /** Operations by name, in the order of the URL. */
  readonly steps: readonly { readonly operation: string; readonly options: CompleteOptions }[]
  readonly format: OutputFormat
}

export function recipeOf(subject: Subject, steps: readonly PlannedStep[], format: OutputFormat): Recipe {
  return {
    subject,
    steps: steps.map(({ operation, options }) => ({ operation: operation.name, options })),
    format,
  }
}

/** The steps as the planner takes them. @throws Error for an operation that this program does not have */
export function stepsOf({ steps }: Recipe, operations: Operations): PlannedStep[] {
  return steps.map(({ operation: name, options }) => {
    const operation = operations.get(name)
    if (operation === undefined) throw new Error(`there is no operation ${name}`)
    return { operation, options }
  })
}

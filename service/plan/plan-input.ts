import type { CompleteOptions } from '../operations/operation.ts'
import type { Operations } from '../operations/registry.ts'
import type { OutputFormat } from './formats.ts'
import type { PlannedStep } from './planned-steps.ts'
import type { SourceImage } from './source-image.ts'

/** What a plan was made of, as data alone: another process makes the same plan of it again. */
export interface PlanInput {
  readonly source: SourceImage
  /** Operations by name, in the order of the URL. */
  readonly steps: readonly { readonly operation: string; readonly options: CompleteOptions }[]
  readonly format: OutputFormat
}

export function toPlanInput(
  subject: SourceImage,
  steps: readonly PlannedStep[],
  format: OutputFormat,
): PlanInput {
  return {
    source: subject,
    steps: steps.map(({ operation, options }) => ({ operation: operation.name, options })),
    format,
  }
}

/** The steps as the planner takes them. @throws Error for an operation that this program does not have */
export function restoreSteps({ steps }: PlanInput, operations: Operations): PlannedStep[] {
  return steps.map(({ operation: name, options }) => {
    const operation = operations.get(name)
    if (operation === undefined) throw new Error(`there is no operation ${name}`)
    return { operation, options }
  })
}

import type { CompleteOptions } from '../operations/operation.ts'
import type { Operations } from '../operations/registry.ts'
import type { OutputFormat } from './formats.ts'
import type { PlannedStep } from './planned-steps.ts'
import type { SourceImage } from './source-image.ts'

/** The input of a plan as plain data, from which another process can make the same plan. */
export interface PlanInput {
  readonly source: SourceImage
  /** Operations by name, in the order of the URL. */
  readonly steps: readonly { readonly operation: string; readonly options: CompleteOptions }[]
  readonly format: OutputFormat
}

export function toPlanInput(
  source: SourceImage,
  steps: readonly PlannedStep[],
  format: OutputFormat,
): PlanInput {
  return {
    source,
    steps: steps.map(({ operation, options }) => ({ operation: operation.name, options })),
    format,
  }
}

/** Restores the steps for the planner. @throws Error for an unknown operation */
export function restoreSteps({ steps }: PlanInput, operations: Operations): PlannedStep[] {
  return steps.map(({ operation: name, options }) => {
    const operation = operations.get(name)
    if (operation === undefined) throw new Error(`unknown operation ${name}`)
    return { operation, options }
  })
}

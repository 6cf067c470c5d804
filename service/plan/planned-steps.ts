import type { CompleteOptions, Operation } from '../operations/operation.ts'
import type { Operations } from '../operations/registry.ts'
import type { OutputSettings, SourceSettings } from '../operations/settings.ts'
import type { Step } from '../url/address.ts'
import { completeOptions } from '../url/step.ts'

/** An operation with its complete options, in the order of the URL. */
export interface PlannedStep {
  readonly operation: Operation
  readonly options: CompleteOptions
}

/** The steps as the planner takes them: each operation with its options complete. */
export function toPlannedSteps(operations: Operations, steps: readonly Step[]): PlannedStep[] {
  return steps.flatMap(step => {
    const operation = operations.get(step.op)
    return operation ? [{ operation, options: completeOptions(step, operations) }] : []
  })
}

/** What the steps say of the output's encoding: the last word counts. */
export function outputSettings(steps: readonly PlannedStep[]): OutputSettings {
  return Object.assign({}, ...steps.map(({ operation, options }) => operation.output?.(options)))
}

/** What the steps say of the pages or frames that are read: the last word counts. */
export function sourceSettings(steps: readonly PlannedStep[]): SourceSettings {
  return Object.assign({}, ...steps.map(({ operation, options }) => operation.source?.(options)))
}

/** The values of a step's options that are ids of images, each with its token. */
export function referencedImages(
  { op, options }: Step,
  operations: Operations,
): [id: string, token: string][] {
  const specs = operations.get(op)?.options ?? {}
  return Object.entries(options).flatMap(([name, value]) =>
    specs[name]?.kind === 'image' && typeof value === 'string' ? [[value, `${op}: ${name}-${value}`]] : [],
  )
}

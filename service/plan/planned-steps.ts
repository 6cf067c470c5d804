import type { CompleteOptions, Operation } from '../operations/operation.ts'
import type { Operations } from '../operations/registry.ts'
import type { OutputSettings, SourceSettings } from '../operations/settings.ts'
import type { Step } from '../url/address.ts'
import { completeOptions } from '../url/step.ts'

/** An operation with its complete options. */
export interface PlannedStep {
  readonly operation: Operation
  readonly options: CompleteOptions
}

/** Converts a URL's steps for the planner: each operation with its complete options, in the order of the URL. */
export function toPlannedSteps(operations: Operations, steps: readonly Step[]): PlannedStep[] {
  return steps.flatMap(step => {
    const operation = operations.get(step.op)
    return operation ? [{ operation, options: completeOptions(step, operations) }] : []
  })
}

/** The steps' settings for the output's encoding; later steps override earlier ones. */
export function outputSettings(steps: readonly PlannedStep[]): OutputSettings {
  return Object.assign({}, ...steps.map(({ operation, options }) => operation.output?.(options)))
}

/** The steps' settings for the pages or frames to read; later steps override earlier ones. */
export function sourceSettings(steps: readonly PlannedStep[]): SourceSettings {
  return Object.assign({}, ...steps.map(({ operation, options }) => operation.source?.(options)))
}

/** The image ids that a step's options name, each with its token for error messages. */
export function referencedImages(
  { op, options }: Step,
  operations: Operations,
): [id: string, token: string][] {
  const specs = operations.get(op)?.options ?? {}
  return Object.entries(options).flatMap(([name, value]) =>
    specs[name]?.kind === 'image' && typeof value === 'string' ? [[value, `${op}: ${name}-${value}`]] : [],
  )
}

import type { Frame } from '../operations/shapes.ts'
import type { ImageContext, Probe, Stage, StageOrProbe } from '../operations/stage.ts'
import { contextAfter } from './image-context.ts'
import { checkPlannedSize, type SizeLimits } from './limits.ts'
import { type PassSequence, splitPasses } from './passes.ts'
import type { PlannedStep } from './planned-steps.ts'

/** The stages of a chain of steps, split into passes. */
export interface ExpandedSteps {
  readonly sequence: PassSequence
  /** All stages, with those after a probe planned from its expected result. */
  readonly stages: readonly Stage[]
  readonly probes: readonly Probe<unknown>[]
}

/** The state of the image before the first of some steps. */
interface Start {
  readonly frame: Frame
  readonly context: ImageContext
  readonly limits: SizeLimits
  /** The notes of earlier steps. */
  readonly notes?: readonly string[]
}

/**
 * Expands steps into stages, from left to right. At a probe the remaining steps are planned from its expected result,
 * so that costs and errors are known before rendering; `resume` plans them again from the measured result.
 * @param first stages that follow from the result of a previous probe
 */
export function expandSteps(
  steps: readonly PlannedStep[],
  start: Start,
  first: readonly Stage[] = [],
): ExpandedSteps {
  let { frame, context } = start
  const stages: Stage[] = []
  const add = (stage: Stage) => {
    stages.push(stage)
    frame = stage.frame
    context = contextAfter(context, stage)
  }
  const notesSoFar = () => [...(start.notes ?? []), ...stages.flatMap(({ note }) => note ?? [])]
  first.forEach(add)
  for (const [index, { operation, options }] of steps.entries()) {
    for (const part of operation.stages(options, frame, context)) {
      if (isStage(part)) add(part)
      else {
        const here = { ...start, frame, context, notes: notesSoFar() }
        const rest = steps.slice(index + 1)
        return splitAtProbe(stages, part, result => expandSteps(rest, here, part.stages(result)))
      }
    }
    checkPlannedSize(operation.name, frame, start.limits)
  }
  const sequence = { passes: splitPasses(stages), ...frame, notes: notesSoFar() }
  return { sequence, stages, probes: [] }
}

const isStage = (part: StageOrProbe): part is Stage => 'apply' in part

/**
 * Ends the sequence at a probe. `resume` plans the rest from the probe's result, so the probe must be the last part of
 * its operation.
 */
function splitAtProbe(
  stages: readonly Stage[],
  probe: Probe<unknown>,
  resume: (result: unknown) => ExpandedSteps,
): ExpandedSteps {
  const expected = resume(probe.expected)
  const { width, height, alpha, notes } = expected.sequence
  return {
    sequence: {
      passes: splitPasses(stages),
      probe: { probe, resume: result => resume(result).sequence },
      width,
      height,
      alpha,
      notes,
    },
    stages: [...stages, ...expected.stages],
    probes: [probe, ...expected.probes],
  }
}

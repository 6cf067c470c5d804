import type { Probe, Stage } from '../operations/stage.ts'

/** Stages that sharp can run in one pipeline with the same result as running them one by one. */
export type Pass = readonly Stage[]

/** The passes to run on the pixels: all of them, or those up to the first probe. */
export interface PassSequence {
  /** In order; the last one encodes the output, unless a probe follows. At least one, which may be empty. */
  readonly passes: readonly Pass[]
  /** Measures the pixels after these passes; `resume` plans the rest with its result. */
  readonly probe?: { readonly probe: Probe<unknown>; readonly resume: (result: unknown) => PassSequence }
  /** Size of the output in pixels; with a probe, the size that its expected result leads to. */
  readonly width: number
  readonly height: number
  /** Whether the output may have transparency, in a format that supports it. */
  readonly alpha: boolean
  /** Words for the response's `Darkroom-Note`. */
  readonly notes: readonly string[]
}

/**
 * Splits stages into passes. Stages share a pass as long as sharp's own order equals theirs, and no stage adds colours
 * in a pass that removes or reads them.
 */
export function splitPasses(stages: readonly Stage[]): Pass[] {
  const passes: Stage[][] = [[]]
  for (const stage of stages) {
    const pass = passes.at(-1) ?? []
    const last = pass.at(-1)
    const outOfOrder = last !== undefined && stage.rank[0] <= last.rank[1]
    const addsColors = stage.colors === 'adds' && pass.some(({ colors = 'adds' }) => colors !== 'adds')
    if (outOfOrder || addsColors) passes.push([stage])
    else pass.push(stage)
  }
  return passes
}

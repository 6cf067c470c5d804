import type { Probe, Stage } from '../operations/stage.ts'

/** Stages that sharp can run in one pipeline with the result of running them one by one. */
export type Pass = readonly Stage[]

/** What is done to the pixels: all of it, or all until a probe has looked at them. */
export interface PassSequence {
  /** In order; the last writes the output, unless a probe follows. At least one, which may be empty. */
  readonly passes: readonly Pass[]
  /** Looks at the pixels that the passes made; the rest is planned by `resume`, with its answer. */
  readonly probe?: { readonly probe: Probe<unknown>; readonly resume: (found: unknown) => PassSequence }
  /** Size of the output in pixels; when there is a probe, what comes of the answer that it expects. */
  readonly width: number
  readonly height: number
  /** Whether the output may be transparent, in a format that can. */
  readonly alpha: boolean
  /** Words for the response: what is not quite as it was asked for. */
  readonly notes: readonly string[]
}

/** Stages share a pass as long as sharp's own order is theirs and no colour is painted where grey is made or looked at. */
export function splitPasses(stages: readonly Stage[]): Pass[] {
  const passes: Stage[][] = [[]]
  for (const stage of stages) {
    const pass = passes.at(-1) ?? []
    const last = pass.at(-1)
    const reordered = last !== undefined && stage.rank[0] <= last.rank[1]
    const painted = stage.colors === 'adds' && pass.some(({ colors = 'adds' }) => colors !== 'adds')
    if (reordered || painted) passes.push([stage])
    else pass.push(stage)
  }
  return passes
}

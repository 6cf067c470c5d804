import type { Stage } from '../operations/operation.ts'

/** Stages that sharp can run in one pipeline with the result of running them one by one. */
export type Pass = readonly Stage[]

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

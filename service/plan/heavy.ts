import type { ImageFacts } from './facts.ts'
import type { Plan } from './plan.ts'
import { isPaged } from './source-formats.ts'

/**
 * Whether a rendering must run on a worker: because it costs more than `heavyCostMs` (estimated CPU milliseconds), or
 * because decoding is slow. It is slow for a vector image, which is drawn, for an animation, which is decoded frame by
 * frame, and for later pages of a paged format, because only the first page was decoded at upload.
 * @param others facts of the overlaid images
 */
export function isHeavy(plan: Plan, others: readonly ImageFacts[], heavyCostMs: number): boolean {
  return plan.costMs > heavyCostMs || needsSlowDecoder(plan) || others.some(isVector)
}

const isVector = ({ vector }: ImageFacts) => vector === true

function needsSlowDecoder({ facts, selection }: Plan): boolean {
  return isVector(facts) || selection.frames > 1 || (isPaged(facts.format) && selection.page > 1)
}

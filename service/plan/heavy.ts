import { type ImageFacts, isPaged } from './facts.ts'
import type { Plan } from './plan.ts'

/**
 * Whether a development is work for a worker: because it costs more than `heavyCostMs` (milliseconds, as the plan
 * counts them), or because of a decoder that it runs at the time of the request: a drawing is rendered, an animation
 * is decoded frame by frame, and of a format whose pages are decoded once each only the first is there since the
 * upload.
 * @param others facts of the images that are painted in
 */
export function isHeavy(plan: Plan, others: readonly ImageFacts[], heavyCostMs: number): boolean {
  return plan.costMs > heavyCostMs || isRisky(plan) || others.some(isDrawing)
}

const isDrawing = ({ vector }: ImageFacts) => vector === true

function isRisky({ facts, selection }: Plan): boolean {
  return isDrawing(facts) || selection.frames > 1 || (isPaged(facts.format) && selection.page > 1)
}

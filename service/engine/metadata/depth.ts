import type { Sharp } from 'sharp'
import type { Plan } from '../../plan/plan.ts'

/**
 * Whether an original of 16 bits a sample keeps them: in formats that can hold them, when the result is to lose nothing
 * or to stay as it is. Everybody else is served with 8, which is all that screens show, in half the bytes.
 */
export function keepsDepth({ facts, format, settings }: Plan): boolean {
  const { lossless, profile, quality, maxBytes } = settings
  const plain = quality === undefined && maxBytes === undefined
  const asked = lossless === true || (profile === 'keep' && plain)
  return asked && (format === 'png' || format === 'tiff') && /^(rgb|grey)16$/.test(facts.space)
}

/** Lets a pipeline come out with 16 bits where they are kept; sharp makes 8 of them by itself. */
export function withDepth(pipeline: Sharp, plan: Plan): Sharp {
  if (!keepsDepth(plan)) return pipeline
  const painted = plan.probe !== undefined || plan.passes.flat().some(({ colors }) => colors === 'adds')
  return pipeline.toColourspace(plan.facts.space === 'grey16' && !painted ? 'grey16' : 'rgb16')
}

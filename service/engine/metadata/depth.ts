import type { Sharp } from 'sharp'
import type { Plan } from '../../plan/plan.ts'

/**
 * Whether a 16-bit original keeps its depth: only in a format that supports it, and only if the output is lossless, or
 * keeps the profile and sets neither quality nor byte budget. All other output has 8 bits, which is what screens show,
 * in half the bytes.
 */
export function keepsDepth({ facts, format, settings }: Plan): boolean {
  const { lossless, profile, quality, maxBytes } = settings
  const isDefaultQuality = quality === undefined && maxBytes === undefined
  const isRequested = lossless === true || (profile === 'keep' && isDefaultQuality)
  return isRequested && (format === 'png' || format === 'tiff') && /^(rgb|grey)16$/.test(facts.space)
}

/** Makes a pipeline output 16 bits if they are kept. sharp outputs 8 bits by default. */
export function withDepth(pipeline: Sharp, plan: Plan): Sharp {
  if (!keepsDepth(plan)) return pipeline
  const addsColor = plan.probe !== undefined || plan.passes.flat().some(({ colors }) => colors === 'adds')
  return pipeline.toColourspace(plan.facts.space === 'grey16' && !addsColor ? 'grey16' : 'rgb16')
}

import type { Sharp } from 'sharp'
import type { Plan } from '../../plan/plan.ts'
import { encodeOutput, type RenderedImage } from '../encode/output.ts'
import { materialize, type RenderContext } from '../passes.ts'
import { reuseCodedPixels } from './containers/coded-pixels.ts'
import { encodeToTarget, needsQualitySearch } from './target.ts'

/**
 * Encodes a still image. If it has all pixels of the original in the original's format, and the original's own coding
 * is smaller, that coding is used.
 * @param alpha whether the image may be transparent
 * @param original the file that the plan's facts describe
 */
export async function encodeStill(
  pipeline: Sharp,
  alpha: boolean,
  context: RenderContext,
  original: Buffer,
): Promise<RenderedImage> {
  const { plan } = context
  const pickSmaller = smallerCoding(plan, original)
  if (!needsQualitySearch(plan.settings)) return pickSmaller(await encodeOutput(pipeline, plan))
  return encodeToTarget({ ...context, open: await materialize(pipeline, alpha, context), pickSmaller })
}

/**
 * Returns a function that replaces an encoding by the original's coded pixels, if they show the same and are smaller.
 */
export function smallerCoding(plan: Plan, original: Buffer): (image: RenderedImage) => RenderedImage {
  if (!showsOriginal(plan)) return image => image
  return image => smaller(image, reuseCodedPixels(original, image.data, plan.format, image))
}

const smaller = (image: RenderedImage, data: Buffer | undefined): RenderedImage =>
  data && data.length < image.data.length ? { ...image, data } : image

/** Whether the original's coded pixels show the requested result, with the derivative's metadata. */
function showsOriginal({ facts, format, passes, probe, settings }: Plan): boolean {
  const untouched = probe === undefined && passes.every(pass => pass.length === 0)
  const still = facts.pages === 1 && facts.orientation === 1
  const ordinary = facts.space === 'srgb' || facts.space === 'b-w'
  const { profile = 'srgb', progressive = false } = settings
  const colors =
    profile === 'keep' || (profile === 'p3' ? facts.profile === 'p3' : /^(none|srgb)$/.test(facts.profile))
  return (
    facts.format === format && untouched && still && ordinary && colors && (facts.progressive || !progressive)
  )
}

import type { Sharp } from 'sharp'
import type { Plan } from '../../plan/plan.ts'
import { encodeOutput, type RenderedImage } from '../encode/output.ts'
import { materialize, type RenderContext } from '../passes.ts'
import { reuseEncodedPixels } from './containers/encoded-pixels.ts'
import { choosesByContent, encodeByContent, withContentSettings } from './content-coding.ts'
import { encodeToTarget, needsQualitySearch } from './target.ts'

/**
 * Encodes a still image. If the result has the same pixels and the same format as the original, and the
 * original's encoded pixels take fewer bytes than the new ones, the original's are used.
 * @param alpha whether the image may be transparent
 * @param original the file that the plan's facts describe
 */
export async function encodeStill(
  pipeline: Sharp,
  alpha: boolean,
  context: RenderContext,
  original: Buffer,
): Promise<RenderedImage> {
  const plan = withContentSettings(context.plan)
  const pickSmaller = smallerCoding(plan, original)
  const isSearched = needsQualitySearch(plan.settings)
  const isMeasured = choosesByContent(plan)
  if (!isSearched && !isMeasured) return pickSmaller(await encodeOutput(pipeline, plan))
  const open = await materialize(pipeline, alpha, context)
  const job = { ...context, plan, open, pickSmaller }
  return isSearched ? encodeToTarget(job) : pickSmaller(await encodeByContent(job))
}

/**
 * Returns a function that replaces an encoded image by the original's encoded pixels, if both show the same picture and
 * the original's take fewer bytes.
 */
export function smallerCoding(plan: Plan, original: Buffer): (image: RenderedImage) => RenderedImage {
  if (!showsOriginal(plan)) return image => image
  return image => smaller(image, reuseEncodedPixels(original, image.data, plan.format, image))
}

const smaller = (image: RenderedImage, data: Buffer | undefined): RenderedImage =>
  data && data.length < image.data.length ? { ...image, data } : image

/** Whether the original's encoded pixels, combined with the derivative's metadata, are a correct result. */
function showsOriginal({ facts, format, passes, probe, selection, settings }: Plan): boolean {
  const untouched = probe === undefined && passes.every(pass => pass.length === 0)
  // a truncated file is always encoded again, because strict decoders would not accept its incomplete pixels
  const whole =
    (facts.pages === 1 && !facts.truncated) || (format === 'gif' && selection.frames === facts.pages)
  const isSrgbOrGrey = facts.space === 'srgb' || facts.space === 'b-w'
  const { profile = 'srgb', progressive = false } = settings
  const colors =
    profile === 'keep' || (profile === 'p3' ? facts.profile === 'p3' : /^(none|srgb)$/.test(facts.profile))
  const upright = facts.orientation === 1
  const progressiveIfAsked = facts.progressive || !progressive
  return (
    facts.format === format && untouched && whole && upright && isSrgbOrGrey && colors && progressiveIfAsked
  )
}

import type { Sharp } from 'sharp'
import type { Plan } from '../../plan/plan.ts'
import { encodeOutput, type RenderedImage } from '../encode/output.ts'
import { materialize, type RenderContext } from '../passes.ts'
import { reuseCodedPixels } from './containers/coded-pixels.ts'
import { encodeToTarget, needsQualitySearch } from './target.ts'

/**
 * Writes a still as it was asked for. One that has all pixels of the original in its format is never larger than that:
 * then the original's own coding is the better one.
 * @param alpha whether the picture may be transparent
 * @param original the file that the plan's facts speak of
 */
export async function encodeStill(
  drawn: Sharp,
  alpha: boolean,
  context: RenderContext,
  original: Buffer,
): Promise<RenderedImage> {
  const { plan } = context
  const pickSmaller = smallerCoding(plan, original)
  if (!needsQualitySearch(plan.settings)) return pickSmaller(await encodeOutput(drawn, plan))
  return encodeToTarget({ ...context, open: await materialize(drawn, alpha, context), pickSmaller })
}

/** What may be served in place of a writing: the original's own coding, where it shows the same picture. */
export function smallerCoding(plan: Plan, original: Buffer): (image: RenderedImage) => RenderedImage {
  if (!isOriginal(plan)) return image => image
  return image => smaller(image, reuseCodedPixels(original, image.data, plan.format, image))
}

const smaller = (image: RenderedImage, data: Buffer | undefined): RenderedImage =>
  data && data.length < image.data.length ? { ...image, data } : image

/** Whether the original's coded pixels would show what was asked for, with the derivative's description beside them. */
function isOriginal({ facts, format, passes, probe, settings }: Plan): boolean {
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

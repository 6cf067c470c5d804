import type { Sharp } from 'sharp'
import type { Plan } from '../../plan/plan.ts'
import { writeJxl } from '../foreign/jxl-output.ts'
import { creditsXmp } from '../metadata/credits.ts'
import { keepsDepth, withDepth } from '../metadata/depth.ts'
import { removeThumbnails } from '../metadata/thumbnails.ts'
import { applyEncoder } from './encoders.ts'

/** A developed picture. */
export interface RenderedImage {
  readonly data: Buffer
  /** Of a frame, in pixels. */
  readonly width: number
  readonly height: number
}

/** The times of an animation: milliseconds a frame, and how often it runs, 0 for ever. */
export interface AnimationTiming {
  readonly delay: number[]
  readonly loop: number
}

/** Writes the last pass's result in the plan's format. */
export async function encodeOutput(
  pipeline: Sharp,
  plan: Plan,
  timing?: AnimationTiming,
): Promise<RenderedImage> {
  const { format, settings } = plan
  if (format === 'jxl') return writeJxl(pipeline, settings)
  const colored = withSrgb(withColorProfile(withMetadata(pipeline, plan), plan), plan)
  const encoded = applyEncoder(withDepth(colored, plan), format, settings)
  const timed = timing ? withTiming(encoded, plan, timing) : encoded
  const { data, info } = await timed.toBuffer({ resolveWithObject: true })
  const file = settings.metadata === 'keep' ? await removeThumbnails(data) : data
  return { data: file, width: info.width, height: info.pageHeight ?? info.height }
}

/** Only what is named changes: the encoder's other options stay as they were set. */
function withTiming(encoded: Sharp, { format }: Plan, timing: AnimationTiming): Sharp {
  return format === 'gif' ? encoded.gif(timing) : encoded.webp(timing)
}

/** Keeps the metadata that the plan asks for. */
export function withMetadata(pipeline: Sharp, { settings, facts }: Plan): Sharp {
  const { copyright, artist } = facts
  const hasCredits = (copyright ?? artist) !== undefined
  if (settings.metadata === 'keep') {
    if (!facts.gainMap) return pipeline.keepExif().keepXmp()
    // its XMP promises a map that this result does not have, or not as it was: the credits stay
    return hasCredits ? pipeline.keepExif().withXmp(creditsXmp(facts)) : pipeline.keepExif()
  }
  if (settings.metadata !== 'copyright' || !hasCredits) return pipeline
  const fields = { ...(copyright && { Copyright: copyright }), ...(artist && { Artist: artist }) }
  const credited = pipeline.withExif({ IFD0: fields })
  return /^[\x20-\x7e]*$/.test(`${copyright ?? ''}${artist ?? ''}`)
    ? credited
    : credited.withXmp(creditsXmp(facts))
}

/** sRGB is what sharp makes by itself; CMYK has no place in a web format, so it is converted whatever was asked. */
export function withColorProfile(pipeline: Sharp, plan: Plan): Sharp {
  if (keepsProfile(plan)) return pipeline.keepIccProfile()
  return plan.settings.profile === 'p3' && plan.facts.space !== 'cmyk'
    ? pipeline.withIccProfile('p3')
    : pipeline
}

/** sharp works on 16 bits with a profile in Display P3, and leaves them there unless it is told. */
function withSrgb(pipeline: Sharp, plan: Plan): Sharp {
  const { profile: asked = 'srgb' } = plan.settings
  const converted = plan.facts.profile === 'p3' || plan.facts.profile === 'other'
  if (!keepsDepth(plan) || asked !== 'srgb' || !converted) return pipeline
  return pipeline.withIccProfile('srgb', { attach: false })
}

/** Whether pixels stay in the colours of the original's own profile. */
export function keepsProfile({ settings, facts }: Plan): boolean {
  const { profile } = settings
  return facts.space !== 'cmyk' && (profile === 'keep' || (profile === 'p3' && facts.profile === 'p3'))
}

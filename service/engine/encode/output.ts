import type { Sharp } from 'sharp'
import type { Plan } from '../../plan/plan.ts'
import { writeJxl } from '../foreign/jxl-output.ts'
import { creditsXmp, readCredits } from '../metadata/credits.ts'
import { keepsDepth, withDepth } from '../metadata/depth.ts'
import { removeThumbnails } from '../metadata/thumbnails.ts'
import { densityOf, withoutDefaultDensity, withTiffDensity } from './density.ts'
import { applyEncoder } from './encoders.ts'

/** A rendered image, encoded. */
export interface RenderedImage {
  readonly data: Buffer
  /** Size of one frame, in pixels. */
  readonly width: number
  readonly height: number
}

/** Timing of an animation: milliseconds per frame, and the loop count (0 is endless). */
export interface AnimationTiming {
  readonly delay: number[]
  readonly loop: number
}

/** Encodes a pipeline in the plan's format. */
export async function encodeOutput(
  pipeline: Sharp,
  plan: Plan,
  timing?: AnimationTiming,
): Promise<RenderedImage> {
  const { format, settings } = plan
  if (format === 'jxl') return writeJxl(pipeline, settings)
  const colored = withSrgb(withColorProfile(await withMetadata(pipeline, plan), plan), plan)
  const shaped = settings.grey ? colored.toColourspace('b-w') : withDepth(colored, plan)
  const encoded = applyEncoder(shaped, format, settings)
  const sized = format === 'tiff' ? withTiffDensity(encoded, await densityOf(pipeline)) : encoded
  const timed = timing ? withTiming(sized, plan, timing) : sized
  const { data, info } = await timed.toBuffer({ resolveWithObject: true })
  const output = format === 'png' ? withoutDefaultDensity(data) : data
  const file = settings.metadata === 'keep' ? await removeThumbnails(output) : output
  return { data: file, width: info.width, height: info.pageHeight ?? info.height }
}

/** The largest loop count and delay that sharp accepts for GIF and WebP. GIF files may declare ten times that delay. */
const maxTiming = 65_535

/** Sets only the timing. The options that the encoder already has stay. */
function withTiming(encoded: Sharp, { format }: Plan, { delay, loop }: AnimationTiming): Sharp {
  const timing = {
    delay: delay.map(ms => Math.min(ms, maxTiming)),
    loop: Math.min(loop, maxTiming),
  }
  return format === 'gif' ? encoded.gif(timing) : encoded.webp(timing)
}

/** Keeps the metadata that the plan asks for. */
export async function withMetadata(pipeline: Sharp, { settings, facts }: Plan): Promise<Sharp> {
  const { copyright, artist } = facts
  const hasCredits = (copyright ?? artist) !== undefined
  if (settings.metadata === 'keep') return keepMetadata(pipeline, facts)
  if (settings.metadata !== 'copyright' || !hasCredits) return pipeline
  const fields = { ...(copyright && { Copyright: copyright }), ...(artist && { Artist: artist }) }
  const credited = pipeline.withExif({ IFD0: fields })
  return /^[\x20-\x7e]*$/.test(`${copyright ?? ''}${artist ?? ''}`)
    ? credited
    : credited.withXmp(creditsXmp(facts))
}

/**
 * Keeps EXIF with the resolution, and XMP. sharp cannot keep IPTC, so credits that only IPTC has are added to EXIF. If
 * the image has no XMP, they are also written as XMP.
 */
async function keepMetadata(pipeline: Sharp, facts: Plan['facts']): Promise<Sharp> {
  const { exif, xmp, density } = await pipeline.metadata()
  const { copyright, artist } = readCredits({ exif, xmp })
  const missing = {
    ...(facts.copyright && !copyright && { Copyright: facts.copyright }),
    ...(facts.artist && !artist && { Artist: facts.artist }),
  }
  const isMissing = Object.keys(missing).length > 0
  const measured = density ? pipeline.withDensity(density) : pipeline.keepExif()
  const kept = isMissing ? measured.withExifMerge({ IFD0: missing }) : measured
  const hasCredits = (facts.copyright ?? facts.artist) !== undefined
  // XMP that describes a gain map would be wrong: the result has no gain map, or one in another form
  if (facts.gainMap) return hasCredits ? kept.withXmp(creditsXmp(facts)) : kept
  return isMissing && !xmp ? kept.withXmp(creditsXmp(facts)) : kept.keepXmp()
}

/**
 * sharp converts to sRGB by default. CMYK is not used on the web, so it is converted even if the profile should be
 * kept.
 */
export function withColorProfile(pipeline: Sharp, plan: Plan): Sharp {
  if (keepsProfile(plan)) return pipeline.keepIccProfile()
  return plan.settings.profile === 'p3' && plan.facts.space !== 'cmyk'
    ? pipeline.withIccProfile('p3')
    : pipeline
}

/** sharp converts a 16-bit image with a profile to Display P3, and leaves it there unless an output profile is set. */
function withSrgb(pipeline: Sharp, plan: Plan): Sharp {
  const { profile = 'srgb' } = plan.settings
  const converted = plan.facts.profile === 'p3' || plan.facts.profile === 'other'
  if (!keepsDepth(plan) || profile !== 'srgb' || !converted) return pipeline
  return pipeline.withIccProfile('srgb', { attach: false })
}

/** Whether pixels stay in the colour space of the original's own profile. */
export function keepsProfile({ settings, facts }: Plan): boolean {
  const { profile } = settings
  return facts.space !== 'cmyk' && (profile === 'keep' || (profile === 'p3' && facts.profile === 'p3'))
}

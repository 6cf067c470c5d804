import type { OutputSettings } from '../../operations/settings.ts'
import { type AnimationTiming, encodeOutput, type RenderedImage } from '../encode/output.ts'
import type { OpenPipeline, RenderContext } from '../passes.ts'
import type { QualityScale } from './quality-scale.ts'
import type { Trial } from './quality-search.ts'

/** An image that may be encoded several times. */
export interface EncodeJob extends Pick<RenderContext, 'plan' | 'secondsLeft'> {
  readonly open: OpenPipeline
  /** Present for animations only. */
  readonly timing?: AnimationTiming | undefined
  /** Replaces an encoding by a smaller one of the same image, if there is one. */
  readonly pickSmaller: (image: RenderedImage) => RenderedImage
}

/** One encoding at a quality. */
export interface EncodedTrial {
  readonly quality: number
  readonly image: RenderedImage
}

/** Encodes an image repeatedly and keeps track of the time. */
export interface TrialEncoder {
  /** `settings` override those of the plan. */
  readonly encode: (settings?: OutputSettings) => Promise<RenderedImage>
  /** Encodes at a quality and measures how much better than the target it is. */
  readonly encodeAt: (
    quality: number,
    scale: QualityScale,
    excess: (image: RenderedImage) => number | Promise<number>,
  ) => Promise<EncodedTrial & Trial>
  /** Whether there is time for another encoding. @throws DarkroomError `deadline`; the signal's reason when aborted */
  readonly hasTimeLeft: () => boolean
}

export function createTrialEncoder({ open, plan, timing, secondsLeft }: EncodeJob): TrialEncoder {
  let longest = 0
  const encode = async (settings: OutputSettings = {}) => {
    const started = performance.now()
    const image = await encodeOutput(
      await open(),
      { ...plan, settings: { ...plan.settings, ...settings } },
      timing,
    )
    longest = Math.max(longest, (performance.now() - started) / 1000)
    return image
  }
  return {
    encode,
    async encodeAt(quality, scale, excess) {
      const image = await encode(scale.settings?.(quality) ?? { quality })
      return { quality, image, excess: await excess(image) }
    },
    hasTimeLeft: () => secondsLeft() > 1 + 2 * longest,
  }
}

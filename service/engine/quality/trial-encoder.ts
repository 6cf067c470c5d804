import type { OutputSettings } from '../../operations/settings.ts'
import { type AnimationTiming, encodeOutput, type RenderedImage } from '../encode/output.ts'
import type { OpenPipeline, RenderContext } from '../passes.ts'
import type { QualityScale } from './quality-scale.ts'
import type { Trial } from './quality-search.ts'

/** A finished picture that may be written as often as it takes. */
export interface EncodeJob extends Pick<RenderContext, 'plan' | 'secondsLeft'> {
  readonly open: OpenPipeline
  /** Of an animation. */
  readonly timing?: AnimationTiming | undefined
  /** What may be served in place of a writing: the same picture in fewer bytes. */
  readonly pickSmaller: (image: RenderedImage) => RenderedImage
}

/** One writing of a quality. */
export interface EncodedTrial {
  readonly quality: number
  readonly image: RenderedImage
}

/** Writes a picture several ways, and keeps an eye on the time. */
export interface TrialEncoder {
  /** With settings that go before those of the plan. */
  readonly encode: (settings?: OutputSettings) => Promise<RenderedImage>
  /** Writes a quality, and tells by how much it is too good. */
  readonly encodeAt: (
    quality: number,
    scale: QualityScale,
    excess: (image: RenderedImage) => number | Promise<number>,
  ) => Promise<EncodedTrial & Trial>
  /** Whether there is time for one more. @throws DarkroomError `deadline`; the signal's reason when it aborts */
  readonly hasTimeLeft: () => boolean
}

export function createTrialEncoder({ open, plan, timing, secondsLeft }: EncodeJob): TrialEncoder {
  let longest = 0
  const encode = async (settings: OutputSettings = {}) => {
    const begun = performance.now()
    const image = await encodeOutput(
      await open(),
      { ...plan, settings: { ...plan.settings, ...settings } },
      timing,
    )
    longest = Math.max(longest, (performance.now() - begun) / 1000)
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

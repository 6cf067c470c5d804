import type { Sharp } from 'sharp'
import type { Pixels } from '../operations/stage.ts'
import type { Plan } from '../plan/plan.ts'
import { keepsProfile } from './encode/output.ts'
import { openRaw } from './sources/libvips.ts'

/**
 * Has the pixels of a pipeline changed by hand. Another pipeline goes on with them, unless the first one carries a
 * profile or metadata that must be kept: they are then laid over its own.
 */
export async function repaintPixels(
  pipeline: Sharp,
  paint: (pixels: Pixels) => Promise<void>,
  plan: Plan,
  seconds: number,
): Promise<Sharp> {
  const { metadata = 'strip', profile = 'srgb' } = plan.settings
  const seen = keepsProfile(plan) ? pipeline.clone().keepIccProfile() : pipeline.clone()
  const { data, info } = await seen.raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  await paint({
    data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length),
    width,
    height,
    channels,
  })
  if (metadata !== 'keep' && profile === 'srgb') return openRaw({ data, width, height, channels }, seconds)
  const painted = pipeline.composite([{ input: data, raw: { width, height, channels }, blend: 'source' }])
  return channels % 2 === 0 ? painted : painted.removeAlpha()
}

import type { Sharp } from 'sharp'
import type { Pixels } from '../operations/stage.ts'
import type { Plan } from '../plan/plan.ts'
import { keepsProfile } from './encode/output.ts'
import { openRaw } from './sources/libvips.ts'

/**
 * Lets a function edit the pixels of a pipeline in place. The result is a new pipeline of those pixels; if the given
 * pipeline has a profile or metadata that must be kept, the edited pixels are composited over it instead.
 */
export async function editPixels(
  pipeline: Sharp,
  edit: (pixels: Pixels) => Promise<void>,
  plan: Plan,
  seconds: number,
): Promise<Sharp> {
  const { metadata = 'strip', profile = 'srgb' } = plan.settings
  const snapshot = keepsProfile(plan) ? pipeline.clone().keepIccProfile() : pipeline.clone()
  const { data, info } = await snapshot.raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  await edit({
    data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length),
    width,
    height,
    channels,
  })
  if (metadata !== 'keep' && profile === 'srgb') return openRaw({ data, width, height, channels }, seconds)
  const composited = pipeline.composite([{ input: data, raw: { width, height, channels }, blend: 'source' }])
  return channels % 2 === 0 ? composited : composited.removeAlpha()
}

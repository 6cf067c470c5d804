import type { OutputSettings } from '../../operations/operation.ts'
import type { OutputFormat } from '../../plan/formats.ts'
import type { Developed } from '../write.ts'
import { perceive } from './perceive.ts'
import { scales } from './scale.ts'
import { shrink } from './shrink.ts'
import { type Attempt, createWriter, type Work, type Writer } from './writer.ts'

/** Whether a picture may have to be written more than once. */
export const mustFit = ({ quality, maxBytes }: OutputSettings): boolean =>
  quality === 'auto' || maxBytes !== undefined

/**
 * Writes a picture with the quality that it needs (`auto`) and within the bytes that it may have. Frames of an animation
 * are not compared: `auto` is the format's default there.
 * @returns the smallest that can be had when the budget cannot be met
 * @throws DarkroomError `deadline`; the signal's reason when it aborts
 */
export async function fit(work: Work): Promise<Developed> {
  const { format, settings } = work.plan
  const writer = createWriter(work)
  const kept = keepsPixels(format, settings)
  const seen = settings.quality === 'auto' && !kept && !work.movement ? await perceive(work, writer) : []
  const first = seen[0]?.written ?? (await writer.write())
  const best = work.lighten(first)
  const { maxBytes = Number.POSITIVE_INFINITY } = settings
  if (best.data.length <= maxBytes) return best
  if (kept) return pressHarder(best, work, writer)
  const scale = scales[format]
  if (scale === undefined) return best
  const known = seen.length > 0 ? seen : plainly(first, format, settings)
  const shrunk = await shrink(maxBytes, scale, known, writer)
  return shrunk.data.length < best.data.length ? shrunk : best
}

/** What was asked to lose nothing, or nearly nothing, does not for the sake of bytes. */
export function keepsPixels(format: OutputFormat, { lossless, near }: OutputSettings): boolean {
  return (
    (format !== 'jpg' && format !== 'gif' && lossless === true) || (format === 'webp' && near !== undefined)
  )
}

/** More effort is all there is left; others than PNG and WebP take minutes for it, or have none. */
async function pressHarder(best: Developed, { plan }: Work, writer: Writer): Promise<Developed> {
  const may = (plan.format === 'png' || plan.format === 'webp') && plan.settings.effort === undefined
  if (!may || !writer.mayGoOn()) return best
  const pressed = await writer.write({ effort: 9 })
  return pressed.data.length < best.data.length ? pressed : best
}

/** What was written without any search, as far as it had a quality. */
function plainly(written: Developed, format: OutputFormat, { quality }: OutputSettings): readonly Attempt[] {
  const scale = scales[format]
  if (scale === undefined) return []
  const own = format === 'gif' || typeof quality !== 'number' ? undefined : quality
  if (own === undefined) return scale.lossless ? [] : [{ quality: scale.start, written }]
  return [{ quality: own, written }]
}

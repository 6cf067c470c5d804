import type { Sharp } from 'sharp'
import type { Plan } from '../../plan/plan.ts'
import { hold, type Workplace } from '../passes.ts'
import { type Developed, write } from '../write.ts'
import { fit, mustFit } from './fit.ts'
import { graft } from './graft/graft.ts'

/**
 * Writes a still as it was asked for. One that has all pixels of the original in its format is never larger than that:
 * then the original's own coding is the better one.
 * @param alpha whether the picture may be transparent
 * @param original the file that the plan's facts speak of
 */
export async function finish(
  drawn: Sharp,
  alpha: boolean,
  place: Workplace,
  original: Buffer,
): Promise<Developed> {
  const { plan } = place
  const lighten = lightening(plan, original)
  if (!mustFit(plan.settings)) return lighten(await write(drawn, plan))
  return fit({ ...place, open: await hold(drawn, alpha, place), lighten })
}

/** What may be served in place of a writing: the original's own coding, where it shows the same picture. */
export function lightening(plan: Plan, original: Buffer): (written: Developed) => Developed {
  if (!isOriginal(plan)) return written => written
  return written => lighter(written, graft(original, written.data, plan.format, written))
}

const lighter = (written: Developed, data: Buffer | undefined): Developed =>
  data && data.length < written.data.length ? { ...written, data } : written

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

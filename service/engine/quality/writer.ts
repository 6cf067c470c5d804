import type { OutputSettings } from '../../operations/operation.ts'
import type { Open, Workplace } from '../passes.ts'
import { type Developed, type Movement, write } from '../write.ts'
import type { Scale } from './scale.ts'
import type { Trial } from './seek.ts'

/** A finished picture that may be written as often as it takes. */
export interface Work extends Pick<Workplace, 'plan' | 'secondsLeft'> {
  readonly open: Open
  /** Of an animation. */
  readonly movement?: Movement | undefined
  /** What may be served in place of a writing: the same picture in fewer bytes. */
  readonly lighten: (written: Developed) => Developed
}

/** One writing of a quality. */
export interface Attempt {
  readonly quality: number
  readonly written: Developed
}

/** Writes a picture several ways, and keeps an eye on the time. */
export interface Writer {
  /** With settings that go before those of the plan. */
  readonly write: (settings?: OutputSettings) => Promise<Developed>
  /** Writes a quality, and tells by how much it is too good. */
  readonly attempt: (
    quality: number,
    scale: Scale,
    excess: (written: Developed) => number | Promise<number>,
  ) => Promise<Attempt & Trial>
  /** Whether there is time for one more. @throws DarkroomError `deadline`; the signal's reason when it aborts */
  readonly mayGoOn: () => boolean
}

export function createWriter({ open, plan, movement, secondsLeft }: Work): Writer {
  let longest = 0
  const writeAs = async (settings: OutputSettings = {}) => {
    const begun = performance.now()
    const written = await write(
      await open(),
      { ...plan, settings: { ...plan.settings, ...settings } },
      movement,
    )
    longest = Math.max(longest, (performance.now() - begun) / 1000)
    return written
  }
  return {
    write: writeAs,
    async attempt(quality, scale, excess) {
      const written = await writeAs(scale.settings?.(quality) ?? { quality })
      return { quality, written, excess: await excess(written) }
    },
    mayGoOn: () => secondsLeft() > 1 + 2 * longest,
  }
}

import { setTimeout } from 'node:timers/promises'

/** The shortest and longest pause between two checks, in milliseconds. */
const [minPauseMs, maxPauseMs] = [20, 200]
/** The longer a wait takes, the longer are its pauses: this share of it, as each check of a busy service makes it slower. */
const share = 0.05

/** The shortest limit, in milliseconds. A machine that does much else is slow, and only a failure takes so long. */
const leastLimitMs = 60_000

/** Waits for something to become true. @throws when it does not within `ms` milliseconds, or a minute if that is longer */
export async function until(
  what: string,
  ms: number,
  check: () => Promise<boolean> | boolean,
): Promise<void> {
  const limitMs = Math.max(ms, leastLimitMs)
  const started = performance.now()
  while (!(await check())) {
    const waitedMs = performance.now() - started
    if (waitedMs > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`)
    await setTimeout(Math.min(maxPauseMs, Math.max(minPauseMs, waitedMs * share)))
  }
}

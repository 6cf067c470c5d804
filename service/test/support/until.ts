import { setTimeout } from 'node:timers/promises'

/** The shortest and longest pause between two checks, in milliseconds. */
const [minPauseMs, maxPauseMs] = [20, 200]
/** The longer a wait takes, the longer are its pauses: this share of it, as each check of a busy service makes it slower. */
const share = 0.05

/** Waits for something to become true. @throws when it does not within `ms` milliseconds */
export async function until(
  what: string,
  ms: number,
  check: () => Promise<boolean> | boolean,
): Promise<void> {
  const started = performance.now()
  while (!(await check())) {
    const waitedMs = performance.now() - started
    if (waitedMs > ms) throw new Error(`not within ${ms} ms: ${what}`)
    await setTimeout(Math.min(maxPauseMs, Math.max(minPauseMs, waitedMs * share)))
  }
}

import { setTimeout } from 'node:timers/promises'

/** Waits for something to become true. @throws when it does not within `ms` milliseconds */
export async function until(
  what: string,
  ms: number,
  check: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`)
    await setTimeout(20)
  }
}

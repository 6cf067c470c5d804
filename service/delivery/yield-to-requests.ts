import { setTimeout } from 'node:timers/promises'
import type { Engine } from '../engine/engine.ts'

/** How often the engine's load is polled, in milliseconds. */
const pollMs = 250

/**
 * Waits until the engine is idle, for at most `maxWaitMs`, so that background work does not delay requests.
 * @throws the signal's reason
 */
export async function yieldToRequests(
  engine: Pick<Engine, 'load'>,
  maxWaitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const latest = performance.now() + maxWaitMs
  while (engine.load.running > 0 && performance.now() < latest)
    await setTimeout(pollMs, undefined, { signal })
}

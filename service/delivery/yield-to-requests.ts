import { setTimeout } from 'node:timers/promises'
import type { Engine } from '../engine/engine.ts'

/** How often to see whether the engine has time, in milliseconds. */
const glanceMs = 250

/**
 * Waits until the engine is idle, for at most so many milliseconds: what nobody waits for comes after what somebody does.
 * @throws the signal's reason
 */
export async function yieldToRequests(
  engine: Pick<Engine, 'load'>,
  patienceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const latest = performance.now() + patienceMs
  while (engine.load.running > 0 && performance.now() < latest)
    await setTimeout(glanceMs, undefined, { signal })
}

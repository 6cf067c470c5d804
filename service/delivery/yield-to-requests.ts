import { setTimeout } from 'node:timers/promises'
import type { Engine } from '../engine/engine.ts'

/** How often the engine's load is polled, in milliseconds. */
const pollMs = 250

/**
 * Waits until no request uses the engine or waits for it, for at most `maxWaitMs`, so that background work does not delay
 * requests. Other background work, such as the ingest of images, does not count.
 * @throws the signal's reason
 */
export async function yieldToRequests(
  engine: Pick<Engine, 'load'>,
  maxWaitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const latest = performance.now() + maxWaitMs
  while (countRequests(engine.load) > 0 && performance.now() < latest)
    await setTimeout(pollMs, undefined, { signal })
}

const countRequests = ({ running, background, waiting }: Engine['load']) => running - background + waiting

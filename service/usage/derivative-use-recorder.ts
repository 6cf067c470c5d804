import { LRUCache } from 'lru-cache'
import type { DerivativeKey, DerivativeUseRepository } from '../metadata/derivative-uses.ts'

/** The interval at which uses are written, in milliseconds. */
const flushMs = 60_000
const dayMs = 86_400_000
/** How many uses are remembered, so that they are not written again on the same day; how many wait; how many one write has. */
const maxNoted = 100_000
const maxWaiting = 10_000
const batchSize = 500

/** Records on which day derivatives were last used, each about once a day. */
export interface DerivativeUseRecorder {
  /** Notes a use of the derivative with this object key. Never waits and never throws. */
  note(objectKey: string, derivative: DerivativeKey): void
  /** Writes the noted uses. Never throws: a use that cannot be written is noted again at the next one. */
  flush(): Promise<void>
  /** Writes a last time. */
  close(): Promise<void>
}

/** A crash loses the uses of the last minute. Uses above 10,000 derivatives per minute wait for a later one. */
export function createDerivativeUseRecorder(
  rows: Pick<DerivativeUseRepository, 'record'>,
): DerivativeUseRecorder {
  const noted = new LRUCache<string, number>({ max: maxNoted })
  const waiting = new Map<string, DerivativeKey>()
  let running: Promise<void> = Promise.resolve()

  const write = async () => {
    const all = [...waiting]
    waiting.clear()
    for (let first = 0; first < all.length; first += batchSize) {
      const batch = all.slice(first, first + batchSize)
      await rows.record(batch.map(([, key]) => key)).catch(() => {
        for (const [objectKey] of batch) noted.delete(objectKey)
      })
    }
  }
  const flush = () => {
    running = running.then(write)
    return running
  }
  const timer = setInterval(flush, flushMs).unref()
  return {
    note(objectKey, derivative) {
      const today = Math.floor(Date.now() / dayMs)
      if (noted.get(objectKey) === today || waiting.size >= maxWaiting) return
      noted.set(objectKey, today)
      waiting.set(objectKey, derivative)
    },
    flush,
    async close() {
      clearInterval(timer)
      await flush()
    },
  }
}

import { LRUCache } from 'lru-cache'

/** The shortest time between two records of one key's use, in milliseconds. */
const recordMs = 60_000

/**
 * Records the last use of keys, each at most once a minute. The request does not wait for it, and an error is
 * ignored: a later use is recorded instead.
 */
export function createLastUseRecorder(write: (id: string) => Promise<void>): (id: string) => void {
  const recorded = new LRUCache<string, true>({ max: 10_000, ttl: recordMs })
  return id => {
    if (recorded.has(id)) return
    recorded.set(id, true)
    write(id).catch(() => {})
  }
}

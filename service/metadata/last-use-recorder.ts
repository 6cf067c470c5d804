import { LRUCache } from 'lru-cache'

/** How often the use of a key is written down, in milliseconds. */
const notedMs = 60_000

/**
 * Notes that keys are in use, each once a minute at most, behind the request that comes with one: that does not depend on
 * it, so an error means no more than a later note.
 */
export function createLastUseRecorder(write: (id: string) => Promise<void>): (id: string) => void {
  const noted = new LRUCache<string, true>({ max: 10_000, ttl: notedMs })
  return id => {
    if (noted.has(id)) return
    noted.set(id, true)
    write(id).catch(() => {})
  }
}

import { LRUCache } from 'lru-cache'

/**
 * Creates a cache of at most `max` entries that evicts the least recently used one. It takes memory for the entries that
 * it has: with lru-cache's own option `max`, it would allocate and fill arrays for all of them when it is created.
 * @param onEvict receives each value that is evicted
 */
export function createLru<V extends object | number>(
  max: number,
  onEvict?: (value: V) => void,
): LRUCache<string, V> {
  const dispose = onEvict && ((value: V, _: string, reason: string) => reason === 'evict' && onEvict(value))
  return new LRUCache({ maxSize: max, sizeCalculation: () => 1, ...(dispose && { dispose }) })
}

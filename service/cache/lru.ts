import { LRUCache } from 'lru-cache'

/**
 * Creates a cache of at most `max` entries that evicts the least recently used one. It takes memory for the entries that
 * it has: with lru-cache's own option `max`, it would allocate and fill arrays for all of them when it is created.
 */
export function createLru<V extends object | number>(max: number): LRUCache<string, V> {
  return new LRUCache({ maxSize: max, sizeCalculation: () => 1 })
}

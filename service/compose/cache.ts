import { MemoryTier } from '../cache/memory-tier.ts'
import { createTieredCache, type TieredCache } from '../cache/tiered-cache.ts'
import type { Foundation } from './foundation.ts'
import { type Infrastructure, mebibyte } from './infrastructure.ts'

/** The cache of derivatives: memory in front of the object store. */
export function composeCache(
  { config, store }: Infrastructure,
  { metrics }: Pick<Foundation, 'metrics'>,
): TieredCache {
  // a worker renders each derivative once and serves none, so it keeps none in memory
  const maxBytes = config.DARKROOM_ROLE === 'worker' ? 1 : config.DARKROOM_MEMORY_CACHE_MB * mebibyte
  const memory = new MemoryTier({ maxBytes })
  metrics.watch('darkroom_memory_bytes', () => memory.stats.bytes)
  metrics.watch('darkroom_memory_limit_bytes', () => maxBytes)
  metrics.watch('darkroom_memory_entries', () => memory.stats.count)
  metrics.watch('darkroom_memory_evictions_total', () => memory.stats.evictions)
  return createTieredCache(memory, store)
}

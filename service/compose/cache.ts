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
  metrics.watch('darkroom_memory_bytes', 'Bytes of derivatives in memory', () => memory.stats.bytes)
  return createTieredCache(memory, store)
}

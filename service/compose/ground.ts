import { MemoryTier } from '../cache/memory.ts'
import { createTieredCache } from '../cache/tiered.ts'
import type { Config } from '../config.ts'
import { createAccess } from '../deliver/access.ts'
import { createImageDirectory } from '../deliver/directory.ts'
import { createPolicyShelf } from '../deliver/policies.ts'
import { createPresetShelf } from '../deliver/presets.ts'
import { createEngine } from '../engine/engine.ts'
import { createPublish, loadJobs } from '../jobs/registry.ts'
import { createDerivatives } from '../metadata/derivatives.ts'
import { createEagerOrders } from '../metadata/eager-orders.ts'
import { createFailedJobs } from '../metadata/failed-jobs.ts'
import { createImages } from '../metadata/images.ts'
import { createPolicies } from '../metadata/policies.ts'
import { createPresets } from '../metadata/presets.ts'
import { createSigningKeys } from '../metadata/signing-keys.ts'
import { createUsers } from '../metadata/users.ts'
import { loadOperations } from '../operations/registry.ts'
import { derivativePrefixes } from '../storage/keys.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { type Base, mebibyte } from './base.ts'

export type Ground = Awaited<ReturnType<typeof layGround>>

/** Records, operations, the engine and the caches: what stands on nothing but the base. */
export async function layGround({ config, database, queue, secrets, store, closers }: Base) {
  const metrics = createMetrics()
  const engine = createEngine({
    concurrency: config.DARKROOM_CONCURRENCY,
    queueLimit: config.DARKROOM_QUEUE_LIMIT,
    maxPixels: config.DARKROOM_MAX_PIXELS,
    isolation: isolationOf(config),
  })
  closers.push(() => engine.close())
  // a worker is asked for no derivative twice
  const memoryBytes = config.DARKROOM_ROLE === 'worker' ? 1 : config.DARKROOM_MEMORY_CACHE_MB * mebibyte
  const memory = new MemoryTier({ maxBytes: memoryBytes })
  metrics.watch('darkroom_engine_running', 'developments that run now', () => engine.load.running)
  metrics.watch('darkroom_engine_waiting', 'developments that wait for a slot', () => engine.load.waiting)
  const scaleHelp = 'how many times longer than estimated developments take here, by format'
  metrics.watchEach('darkroom_cost_scale', scaleHelp, async () => engine.costScale, 'format')
  metrics.watch('darkroom_memory_bytes', 'bytes of derivatives in memory', () => memory.load.bytes)
  const cache = createTieredCache(memory, store)
  const images = createImages(database)
  const operations = await loadOperations()
  const presets = createPresets(database)
  const presetShelf = createPresetShelf(presets, operations)
  const policies = createPolicies(database)
  const policyShelf = createPolicyShelf(policies, operations)
  const jobTypes = await loadJobs()
  return {
    metrics,
    engine,
    cache,
    users: createUsers(database),
    signingKeys: createSigningKeys(database, secrets.masterKey, secrets.newMasterKey),
    images,
    directory: createImageDirectory(images, (userId, imageId) =>
      cache.forget(derivativePrefixes(userId, imageId)),
    ),
    derivatives: createDerivatives(database),
    eagerOrders: createEagerOrders(database),
    failedJobs: createFailedJobs(database),
    operations,
    jobTypes,
    publish: createPublish(jobTypes, queue),
    presets,
    presetShelf,
    policies,
    policyShelf,
    access: createAccess({ operations, presets: presetShelf, policies: policyShelf }),
  }
}

function isolationOf(config: Config): { maxBytes: number } | undefined {
  if (config.DARKROOM_ISOLATION === 'none') return undefined
  return { maxBytes: config.DARKROOM_ISOLATION_MB * mebibyte }
}

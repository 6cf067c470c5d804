import { createAuthorizer } from '../access/authorizer.ts'
import { createDevelopmentQuota } from '../access/development-quota.ts'
import { createPolicyStore } from '../access/policy-store.ts'
import { PresetStore } from '../access/preset-store.ts'
import { RequestRateLimiter } from '../access/request-rate-limiter.ts'
import { MemoryTier } from '../cache/memory-tier.ts'
import { createTieredCache } from '../cache/tiered-cache.ts'
import type { Config } from '../config.ts'
import { createImageDirectory } from '../delivery/image-directory.ts'
import type { Engine } from '../engine/engine.ts'
import { createEngine } from '../engine/sharp-engine.ts'
import { createEnqueueJob, loadJobs } from '../jobs/registry.ts'
import { DerivativeRepository } from '../metadata/derivatives.ts'
import { EagerOrderRepository } from '../metadata/eager-orders.ts'
import { FailedJobRepository } from '../metadata/failed-jobs.ts'
import { ImageRepository } from '../metadata/images.ts'
import { PolicyRepository } from '../metadata/policies.ts'
import { PresetRepository } from '../metadata/presets.ts'
import { QuotaRepository } from '../metadata/quotas.ts'
import { SigningKeyRepository } from '../metadata/signing-keys.ts'
import { UsageRepository } from '../metadata/usage-rollups.ts'
import { UserRepository } from '../metadata/users.ts'
import { loadOperations } from '../operations/registry.ts'
import { derivativePrefixes } from '../storage/keys.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import { createUsageRecorder } from '../usage/usage-recorder.ts'
import { type Base, mebibyte } from './base.ts'
import { tellingOf } from './telling.ts'

export type Ground = Awaited<ReturnType<typeof layGround>>

/** Records, operations, the engine and the caches: what stands on nothing but the base. */
export async function layGround(base: Base) {
  const { config, logger, database, queue, secrets, store, closers } = base
  const metrics = createMetrics()
  const usageRows = new UsageRepository(database)
  const usage = createUsageRecorder({ rows: usageRows, logger })
  closers.push(() => usage.close())
  const engine = createEngine({
    concurrency: config.DARKROOM_CONCURRENCY,
    queueLimit: config.DARKROOM_QUEUE_LIMIT,
    maxPixels: config.DARKROOM_MAX_PIXELS,
    // a worker takes what comes first: whoever asks next would not find the core that is left to him
    reserveCore: config.DARKROOM_ROLE !== 'worker',
    isolation: isolationOf(config),
  })
  closers.push(() => engine.close())
  // a worker is asked for no derivative twice
  const memoryBytes = config.DARKROOM_ROLE === 'worker' ? 1 : config.DARKROOM_MEMORY_CACHE_MB * mebibyte
  const memory = new MemoryTier({ maxBytes: memoryBytes })
  watch(metrics, engine, memory)
  const cache = createTieredCache(memory, store)
  const images = new ImageRepository(database)
  const operations = await loadOperations()
  const presets = new PresetRepository(database)
  const presetStore = new PresetStore(presets, operations)
  const policies = new PolicyRepository(database)
  const policyStore = createPolicyStore(policies, operations)
  const jobTypes = await loadJobs()
  const users = new UserRepository(database)
  const publish = createEnqueueJob(jobTypes, queue)
  return {
    metrics,
    usage,
    usageRows,
    engine,
    cache,
    users,
    ...limitingOf(base, users),
    signingKeys: new SigningKeyRepository(database, secrets.masterKey, secrets.newMasterKey),
    images,
    directory: createImageDirectory(images, (userId, imageId) =>
      cache.evict(derivativePrefixes(userId, imageId)),
    ),
    derivatives: new DerivativeRepository(database),
    eagerOrders: new EagerOrderRepository(database),
    failedJobs: new FailedJobRepository(database),
    operations,
    jobTypes,
    publish,
    ...tellingOf(base, publish),
    presets,
    presetStore,
    policies,
    policyStore,
    authorize: createAuthorizer({ operations, presets: presetStore, policies: policyStore }),
  }
}

function watch(metrics: Metrics, engine: Engine, memory: MemoryTier): void {
  metrics.watch('darkroom_engine_running', 'developments that run now', () => engine.load.running)
  metrics.watch('darkroom_engine_waiting', 'developments that wait for a slot', () => engine.load.waiting)
  const scaleHelp = 'how many times longer than estimated developments take here, by format'
  metrics.watchEach('darkroom_cost_scale', scaleHelp, async () => engine.costFactors, 'format')
  metrics.watch('darkroom_memory_bytes', 'bytes of derivatives in memory', () => memory.stats.bytes)
}

/** What users have at most, and how much of it is gone. */
function limitingOf({ database }: Base, users: UserRepository) {
  const quotas = new QuotaRepository(database)
  return {
    quotas,
    developmentQuota: createDevelopmentQuota({ quotas, users }),
    rates: new RequestRateLimiter(),
  }
}

function isolationOf(config: Config): { maxBytes: number } | undefined {
  if (config.DARKROOM_ISOLATION === 'none') return undefined
  return { maxBytes: config.DARKROOM_ISOLATION_MB * mebibyte }
}

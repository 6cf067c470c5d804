import { createAccounts, type NewAccount } from './auth/accounts.ts'
import { MemoryTier } from './cache/memory.ts'
import { createTieredCache } from './cache/tiered.ts'
import type { Config } from './config.ts'
import { createAccess } from './deliver/access.ts'
import { createAnnouncements } from './deliver/announcements.ts'
import { createCleaner } from './deliver/cleaner.ts'
import { createDelivery } from './deliver/derivative.ts'
import { createImageDirectory } from './deliver/directory.ts'
import { createEditor } from './deliver/editor.ts'
import { createHeavy, developName } from './deliver/heavy.ts'
import { createIntake } from './deliver/ingest.ts'
import { createInsights } from './deliver/insights.ts'
import { Keeper } from './deliver/keeper.ts'
import { createOriginals } from './deliver/original.ts'
import { createPolicyShelf } from './deliver/policies.ts'
import { createPresetShelf } from './deliver/presets.ts'
import { createSigner } from './deliver/signing.ts'
import { createSources } from './deliver/sources.ts'
import { prepareSpool } from './deliver/spool.ts'
import { createUploads } from './deliver/upload.ts'
import { createVerifier } from './deliver/verify.ts'
import { createWorkshop } from './deliver/workshop.ts'
import { createEngine } from './engine/engine.ts'
import type { HttpParts } from './http/parts.ts'
import { createPublish, loadJobs } from './jobs/registry.ts'
import { countWaiting, createWork } from './jobs/work.ts'
import type { Database } from './metadata/database.ts'
import { createDerivatives } from './metadata/derivatives.ts'
import { createFailedJobs } from './metadata/failed-jobs.ts'
import { createImages } from './metadata/images.ts'
import { createPolicies } from './metadata/policies.ts'
import { createPresets } from './metadata/presets.ts'
import { createSigningKeys } from './metadata/signing-keys.ts'
import { createUsers } from './metadata/users.ts'
import { loadOperations } from './operations/registry.ts'
import type { Queue } from './queue/queue.ts'
import type { Secrets } from './secrets.ts'
import type { ObjectStore } from './storage/store.ts'
import type { Logger } from './telemetry/logger.ts'
import { createMetrics } from './telemetry/metrics.ts'

const mebibyte = 1024 * 1024
/** How long the writing of finished derivatives may hold up the end of the process, in milliseconds. */
const keepMs = 10_000
/** How long jobs in hand may, in milliseconds; then they are given back. */
const drainMs = 5_000

/** What is to be undone at the end, the last first. */
export type Closers = (() => Promise<void>)[]

/** What the rooms stand on, opened by drivers that they do not know. */
export interface Base {
  readonly config: Config
  readonly logger: Logger
  readonly secrets: Secrets
  /** Where uploads lie on their way in. */
  readonly spoolDirectory: string
  readonly store: ObjectStore
  readonly database: Database
  readonly queue: Queue
  readonly closers: Closers
}

/** The rooms of one process, put together, from the ground up. */
export async function compose(base: Base) {
  const { config, database, store, queue, spoolDirectory, secrets } = base
  const ground = await layGround(base)
  const { users, signingKeys, engine, failedJobs } = ground
  const making = makingOf(base, ground)
  const { cleaner, keeper, background } = making
  const jobs = await jobsOf(base, ground, making)
  const publicUrl = publicUrlOf(config)
  const accounts = createAccounts(users)
  /** Makes a user and his first signing key: both or neither. See `Accounts.create` for its errors. */
  const register = (account: NewAccount) =>
    database.transaction(async one => {
      const user = await createAccounts(createUsers(one)).create(account)
      return { user, key: await createSigningKeys(one, secrets.masterKey).create(user.id) }
    })
  const http: HttpParts = {
    ...doorOf(base, ground, making, publicUrl),
    ...deliveryOf(base, ground, making, jobs),
    login: (email, password) => accounts.login(email, password),
  }
  const sweep = async (signal: AbortSignal) => {
    await prepareSpool(spoolDirectory)
    await cleaner.sweep(signal)
    await failedJobs.sweep()
  }
  const { work } = jobs
  const parts = { http, work, sweep, database, store, queue, users, accounts, register, signingKeys }
  return { ...parts, engine, keeper, background, publicUrl }
}

type Ground = Awaited<ReturnType<typeof layGround>>
type Making = ReturnType<typeof makingOf>
type Jobs = Awaited<ReturnType<typeof jobsOf>>

/** Records, operations, the engine and the caches: what stands on nothing but the base. */
async function layGround({ config, database, secrets, store }: Base) {
  const metrics = createMetrics()
  const engine = createEngine({
    concurrency: config.DARKROOM_CONCURRENCY,
    queueLimit: config.DARKROOM_QUEUE_LIMIT,
    maxPixels: config.DARKROOM_MAX_PIXELS,
  })
  // a worker is asked for no derivative twice
  const memoryBytes = config.DARKROOM_ROLE === 'worker' ? 1 : config.DARKROOM_MEMORY_CACHE_MB * mebibyte
  const memory = new MemoryTier({ maxBytes: memoryBytes })
  metrics.watch('darkroom_engine_running', 'developments that run now', () => engine.load.running)
  metrics.watch('darkroom_engine_waiting', 'developments that wait for a slot', () => engine.load.waiting)
  metrics.watch('darkroom_memory_bytes', 'bytes of derivatives in memory', () => memory.load.bytes)
  const images = createImages(database)
  const operations = await loadOperations()
  const presets = createPresets(database)
  const presetShelf = createPresetShelf(presets, operations)
  const policies = createPolicies(database)
  const policyShelf = createPolicyShelf(policies, operations)
  return {
    metrics,
    engine,
    cache: createTieredCache(memory, store),
    users: createUsers(database),
    signingKeys: createSigningKeys(database, secrets.masterKey),
    images,
    directory: createImageDirectory(images),
    derivatives: createDerivatives(database),
    failedJobs: createFailedJobs(database),
    operations,
    presets,
    presetShelf,
    policies,
    policyShelf,
    access: createAccess({ operations, presets: presetShelf, policies: policyShelf }),
  }
}

/** How derivatives are made of originals, kept and cleared away. */
function makingOf({ config, logger, store, queue, closers }: Base, ground: Ground) {
  const { engine, images, directory, cache, derivatives, operations, metrics } = ground
  const maxBytes = config.DARKROOM_SOURCE_CACHE_MB * mebibyte
  const sources = createSources({ store, images, engine, maxBytes })
  const keeper = new Keeper({ store, derivatives, logger })
  closers.push(() => keeper.close(keepMs))
  const cleaner = createCleaner({ images, derivatives, store, cache, directory, sources, logger })
  const insights = createInsights({ images, directory, sources, engine, logger })
  const intake = { store, images, directory, sources, insights, engine, logger }
  const { background, ladders } = createIntake(intake)
  closers.push(() => background.close())
  const announcements = createAnnouncements(queue)
  closers.push(async () => announcements.close())
  const making = { operations, insights, sources, ladders, engine, cache, metrics }
  return { ...making, keeper, cleaner, background, announcements }
}

/** What is done behind requests, here or by other processes. */
async function jobsOf({ config, logger, store, queue, closers }: Base, ground: Ground, making: Making) {
  const { directory, derivatives, failedJobs, metrics, cache } = ground
  const { announcements } = making
  const types = await loadJobs()
  const publish = createPublish(types, queue)
  const workshop = createWorkshop({ ...making, directory, derivatives, store })
  const concurrency = jobsAtOnce(config)
  const work = createWork({ types, queue, failedJobs, jobParts: { workshop }, metrics, logger, concurrency })
  closers.push(() => work.drain(drainMs))
  metrics.watchEach('darkroom_jobs_waiting', 'jobs that wait', () => countWaiting(types, queue))
  const heavy = createHeavy({
    dispatch: order => publish(developName, order),
    announcements,
    failedJobs,
    cache,
    costMs: config.DARKROOM_HEAVY_COST_MS,
    waitMs: config.DARKROOM_HEAVY_WAIT_MS,
  })
  return { work, heavy, waiting: () => countWaiting(types, queue) }
}

/** The answers to requests for images. */
function deliveryOf({ store, queue }: Base, ground: Ground, making: Making, { heavy, waiting }: Jobs) {
  const { signingKeys, users, access, directory, derivatives, images, failedJobs } = ground
  const verify = createVerifier(signingKeys, users)
  return {
    deliver: createDelivery({ ...making, verify, access, directory, derivatives, heavy }),
    original: createOriginals({ verify, directory, store, images }),
    failedJobs,
    retryJob: (job: Parameters<Queue['publish']>[0]) => queue.publish(job),
    waitingJobs: waiting,
  }
}

/** What the API works with. */
function doorOf(base: Base, ground: Ground, making: Making, publicUrl: string) {
  const { config, store, database, queue, secrets, spoolDirectory } = base
  const { images, derivatives, cache, directory, engine, operations, users } = ground
  const { presets, presetShelf, policies, policyShelf, access, signingKeys, metrics } = ground
  const { cleaner, background } = making
  const maxUploadBytes = config.DARKROOM_MAX_UPLOAD_MB * 1_000_000
  const signing = { operations, access, policies: policyShelf, directory, signingKeys, users, publicUrl }
  const receiving = { images, store, engine, cleaner, background, spoolDirectory, maxBytes: maxUploadBytes }
  return {
    uploads: createUploads(receiving),
    editor: createEditor({ images, derivatives, store, cache, directory }),
    signer: createSigner(signing),
    cleaner,
    images,
    operations,
    presets,
    presetShelf,
    policies,
    policyShelf,
    users,
    cache,
    checks: {
      database: (signal: AbortSignal) => database.check(signal),
      storage: (signal: AbortSignal) => store.check(signal),
      ...(config.NATS_URL !== undefined && { queue: (signal: AbortSignal) => queue.check(signal) }),
    },
    metrics,
    jwtSecret: secrets.jwtSecret,
    maxUploadBytes,
  }
}

/**
 * Jobs of each kind that this process has in hand. From NATS no more than it develops, as others may be free; those of
 * its own queue all come to the engine's admission, which is fair to every tenant.
 */
function jobsAtOnce({ NATS_URL, DARKROOM_CONCURRENCY, DARKROOM_QUEUE_LIMIT }: Config): number {
  return DARKROOM_CONCURRENCY + (NATS_URL === undefined ? DARKROOM_QUEUE_LIMIT : 1)
}

const hostInUrl = (host: string) => (host.includes(':') ? `[${host}]` : host)

/** The configured base of public URLs, without a slash at its end. */
function publicUrlOf(config: Config): string {
  return (config.DARKROOM_PUBLIC_URL ?? `http://${hostInUrl(config.HOST)}:${config.PORT}`).replace(/\/+$/, '')
}

import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createAccounts, type NewAccount } from './auth/accounts.ts'
import { MemoryTier } from './cache/memory.ts'
import { createTieredCache } from './cache/tiered.ts'
import { type Config, ConfigError } from './config.ts'
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
import { messageOf } from './errors/catalogue.ts'
import type { HttpParts } from './http/parts.ts'
import { createPublish, loadJobs } from './jobs/registry.ts'
import { countWaiting, createWork } from './jobs/work.ts'
import { type Database, openDatabase } from './metadata/database.ts'
import { createDerivatives } from './metadata/derivatives.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from './metadata/embedded.ts'
import { createFailedJobs } from './metadata/failed-jobs.ts'
import { createImages } from './metadata/images.ts'
import { migrate } from './metadata/migrate.ts'
import { createPolicies } from './metadata/policies.ts'
import { createPresets } from './metadata/presets.ts'
import { createSigningKeys } from './metadata/signing-keys.ts'
import { createUsers } from './metadata/users.ts'
import { loadOperations } from './operations/registry.ts'
import { parseNatsUrl } from './queue/config.ts'
import { createLocalQueue } from './queue/drivers/local.ts'
import type { Queue } from './queue/queue.ts'
import { openSecrets } from './secrets.ts'
import { parseStorageUrl, type StorageLocation } from './storage/config.ts'
import { createFileStore } from './storage/drivers/file.ts'
import type { ObjectStore } from './storage/store.ts'
import type { Logger } from './telemetry/logger.ts'
import { createMetrics } from './telemetry/metrics.ts'

const mebibyte = 1024 * 1024
/** How long the writing of finished derivatives may hold up the end of the process, in milliseconds. */
const keepMs = 10_000
/** How long jobs in hand may, in milliseconds; then they are given back. */
const drainMs = 5_000

/** The rooms of one process, put together. Whoever opens it closes it. */
export type App = Awaited<ReturnType<typeof openApp>>

/** What is to be undone at the end, the last first. */
type Closers = (() => Promise<void>)[]

/**
 * The composition root: the only place that chooses drivers. What fails half-way is closed again.
 */
export async function openApp(config: Config, logger: Logger) {
  const closers: Closers = []
  const close = async () => {
    for (const closer of closers.reverse()) {
      await closer().catch(error => logger.warn({ err: error }, 'a part did not close well'))
    }
  }
  try {
    return { ...(await compose(config, logger, closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function compose(config: Config, logger: Logger, closers: Closers) {
  const dataDirectory = dataDirectoryOf(config)
  const spoolDirectory = join(dataDirectory, 'spool')
  const prepared = mkdir(dataDirectory, { recursive: true }).then(() => prepareSpool(spoolDirectory))
  await naming('DARKROOM_DATA_DIR', prepared)
  const secrets = await openSecrets(config, dataDirectory)
  const store = await openStore(config)
  closers.push(() => store.close())
  await naming(storageVariable(config), store.check())
  const database = await connect(config, logger, closers)
  const queue = await openQueue(config, logger)
  closers.push(() => queue.close())

  const users = createUsers(database)
  const images = createImages(database)
  const derivatives = createDerivatives(database)
  const signingKeys = createSigningKeys(database, secrets.masterKey)
  const operations = await loadOperations()
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

  const cache = createTieredCache(memory, store)
  const directory = createImageDirectory(images)
  const sources = createSources({
    store,
    images,
    engine,
    maxBytes: config.DARKROOM_SOURCE_CACHE_MB * mebibyte,
  })
  const verify = createVerifier(signingKeys, users)
  const presets = createPresets(database)
  const presetShelf = createPresetShelf(presets, operations)
  const policies = createPolicies(database)
  const policyShelf = createPolicyShelf(policies, operations)
  const access = createAccess({ operations, presets: presetShelf, policies: policyShelf })
  const keeper = new Keeper({ store, derivatives, logger })
  closers.push(() => keeper.close(keepMs))
  const cleaner = createCleaner({ images, derivatives, store, cache, directory, sources, logger })
  const insights = createInsights({ images, directory, sources, engine, logger })
  const { background, ladders } = createIntake({
    store,
    images,
    directory,
    sources,
    insights,
    engine,
    logger,
  })
  closers.push(() => background.close())
  const announcements = createAnnouncements(queue)
  closers.push(async () => announcements.close())
  const failedJobs = createFailedJobs(database)
  const making = { operations, insights, sources, ladders, engine, cache, metrics }
  const workshop = createWorkshop({ ...making, directory, derivatives, store, announcements })
  const types = await loadJobs()
  const publish = createPublish(types, queue)
  const work = createWork({
    types,
    queue,
    failedJobs,
    jobParts: { workshop },
    metrics,
    logger,
    concurrency: jobsAtOnce(config),
  })
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
  const editor = createEditor({ images, derivatives, store, cache, directory })
  const maxUploadBytes = config.DARKROOM_MAX_UPLOAD_MB * 1_000_000
  const publicUrl = publicUrlOf(config)
  const signer = createSigner({
    operations,
    access,
    policies: policyShelf,
    directory,
    signingKeys,
    users,
    publicUrl,
  })
  const accounts = createAccounts(users)
  /** Makes a user and his first signing key: both or neither. See `Accounts.create` for its errors. */
  const register = (account: NewAccount) =>
    database.transaction(async one => {
      const user = await createAccounts(createUsers(one)).create(account)
      return { user, key: await createSigningKeys(one, secrets.masterKey).create(user.id) }
    })
  const http: HttpParts = {
    deliver: createDelivery({ ...making, verify, access, directory, derivatives, heavy, keeper }),
    original: createOriginals({ verify, directory, store, images }),
    uploads: createUploads({
      images,
      store,
      engine,
      cleaner,
      background,
      spoolDirectory,
      maxBytes: maxUploadBytes,
    }),
    cleaner,
    editor,
    images,
    operations,
    presets,
    presetShelf,
    policies,
    policyShelf,
    users,
    signer,
    login: (email, password) => accounts.login(email, password),
    cache,
    failedJobs,
    retryJob: job => queue.publish(job),
    waitingJobs: () => countWaiting(types, queue),
    checks: {
      database: signal => database.check(signal),
      storage: signal => store.check(signal),
      ...(config.NATS_URL !== undefined && { queue: (signal: AbortSignal) => queue.check(signal) }),
    },
    metrics,
    jwtSecret: secrets.jwtSecret,
    maxUploadBytes,
  }
  const sweep = async (signal: AbortSignal) => {
    await prepareSpool(spoolDirectory)
    await cleaner.sweep(signal)
    await failedJobs.sweep()
  }
  return {
    http,
    work,
    sweep,
    database,
    store,
    queue,
    users,
    accounts,
    register,
    signingKeys,
    engine,
    keeper,
    background,
    publicUrl,
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

/** The absolute path of the data directory. */
export function dataDirectoryOf(config: Config): string {
  return resolve(config.DARKROOM_DATA_DIR)
}

/** The Postgres server that the configuration names, or else the embedded one of the data directory. */
export async function openPostgres(config: Config, logger: Logger): Promise<EmbeddedPostgres> {
  if (config.DATABASE_URL !== undefined) return { url: config.DATABASE_URL, close: async () => {} }
  return openEmbeddedPostgres({ directory: join(dataDirectoryOf(config), 'postgres'), logger })
}

/** The object store that the configuration names, or else files in the data directory; not checked yet. */
export async function openStore(config: Config): Promise<ObjectStore> {
  const location = storageLocation(config)
  if (location.kind === 's3') {
    // the SDK is most of the start-up time, so it is loaded only where it is used
    const { createS3Store } = await import('./storage/drivers/s3.ts')
    return createS3Store(location)
  }
  return naming(storageVariable(config), createFileStore(location))
}

/** The queue that the configuration names, or else one in this process. */
export async function openQueue(config: Config, logger: Logger): Promise<Queue> {
  const url = config.NATS_URL
  if (url === undefined) return createLocalQueue({ logger })
  const place = understanding(() => parseNatsUrl(url))
  const { openNatsQueue } = await import('./queue/drivers/nats.ts')
  return naming('NATS_URL', openNatsQueue({ place, logger }))
}

/** The variable that decides where objects are. */
export function storageVariable(config: Config): string {
  return config.DARKROOM_STORAGE_URL === undefined ? 'DARKROOM_DATA_DIR' : 'DARKROOM_STORAGE_URL'
}

/** The variable that decides where the database is. */
export function databaseVariable(config: Config): string {
  return config.DATABASE_URL === undefined ? 'DARKROOM_DATA_DIR' : 'DATABASE_URL'
}

function storageLocation(config: Config): StorageLocation {
  const url = config.DARKROOM_STORAGE_URL
  if (url === undefined) return { kind: 'file', directory: join(dataDirectoryOf(config), 'objects') }
  return understanding(() => parseStorageUrl(url))
}

/** What a room says of a value that it parses itself is a mistake of the configuration. */
function understanding<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new ConfigError([messageOf(error)])
  }
}

async function connect(config: Config, logger: Logger, closers: Closers): Promise<Database> {
  const postgres = await openPostgres(config, logger)
  closers.push(() => postgres.close())
  const { url } = postgres
  await naming(databaseVariable(config), migrate({ url, logger }))
  const database = openDatabase({ url, logger })
  closers.push(() => database.close())
  return database
}

/** Whoever starts the process reads which variable leads to the part that does not work. */
async function naming<T>(variable: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new Error(`${variable}: ${messageOf(cause)}`, { cause })
  }
}

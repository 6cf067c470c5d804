import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createAccounts } from './auth/accounts.ts'
import { MemoryTier } from './cache/memory.ts'
import { createTieredCache } from './cache/tiered.ts'
import type { Config } from './config.ts'
import { createCleaner } from './deliver/cleaner.ts'
import { createDelivery } from './deliver/derivative.ts'
import { createImageDirectory } from './deliver/directory.ts'
import { Keeper } from './deliver/keeper.ts'
import { createOriginals } from './deliver/original.ts'
import { createSigner } from './deliver/signing.ts'
import { createSources } from './deliver/sources.ts'
import { prepareSpool } from './deliver/spool.ts'
import { createUploads } from './deliver/upload.ts'
import { createVerifier } from './deliver/verify.ts'
import { createEngine } from './engine/engine.ts'
import type { HttpParts } from './http/parts.ts'
import { type Database, openDatabase } from './metadata/database.ts'
import { createDerivatives } from './metadata/derivatives.ts'
import { openEmbeddedPostgres } from './metadata/embedded.ts'
import { createImages } from './metadata/images.ts'
import { migrate } from './metadata/migrate.ts'
import { createSigningKeys } from './metadata/signing-keys.ts'
import { createUsers } from './metadata/users.ts'
import { loadOperations } from './operations/registry.ts'
import { openSecrets } from './secrets.ts'
import { parseStorageUrl } from './storage/config.ts'
import { createFileStore } from './storage/drivers/file.ts'
import { createS3Store } from './storage/drivers/s3.ts'
import type { ObjectStore } from './storage/store.ts'
import type { Logger } from './telemetry/logger.ts'
import { createMetrics } from './telemetry/metrics.ts'

const mebibyte = 1024 * 1024
/** How long the writing of finished derivatives may hold up the end of the process, in milliseconds. */
const keepMs = 10_000

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
  const dataDirectory = resolve(config.DARKROOM_DATA_DIR)
  await mkdir(dataDirectory, { recursive: true })
  const secrets = await openSecrets(config, dataDirectory)
  const database = await connect(config, dataDirectory, logger, closers)
  const store = await openStore(config, dataDirectory)
  closers.push(() => store.close())
  const spoolDirectory = join(dataDirectory, 'spool')
  await prepareSpool(spoolDirectory)

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
  const memory = new MemoryTier({ maxBytes: config.DARKROOM_MEMORY_CACHE_MB * mebibyte })
  metrics.watch('darkroom_engine_running', 'developments that run now', () => engine.load.running)
  metrics.watch('darkroom_engine_waiting', 'developments that wait for a slot', () => engine.load.waiting)
  metrics.watch('darkroom_memory_bytes', 'bytes of derivatives in memory', () => memory.load.bytes)

  const cache = createTieredCache(memory, store)
  const directory = createImageDirectory(images)
  const sources = createSources(store, { maxBytes: config.DARKROOM_SOURCE_CACHE_MB * mebibyte })
  const verify = createVerifier(signingKeys)
  const keeper = new Keeper({ store, derivatives, logger })
  closers.push(() => keeper.close(keepMs))
  const cleaner = createCleaner({ images, derivatives, store, cache, directory, sources, logger })
  const maxUploadBytes = config.DARKROOM_MAX_UPLOAD_MB * mebibyte
  const publicUrl = publicUrlOf(config)
  const signer = createSigner({ operations, directory, signingKeys, publicUrl })
  const accounts = createAccounts(users)
  const http: HttpParts = {
    deliver: createDelivery({
      operations,
      verify,
      directory,
      cache,
      derivatives,
      sources,
      engine,
      keeper,
      metrics,
    }),
    original: createOriginals({ verify, directory, store }),
    uploads: createUploads({ images, store, engine, cleaner, spoolDirectory, maxBytes: maxUploadBytes }),
    cleaner,
    images,
    signer,
    login: (email, password) => accounts.login(email, password),
    cache,
    checks: { database: signal => database.check(signal), storage: signal => store.check(signal) },
    metrics,
    jwtSecret: secrets.jwtSecret,
    maxUploadBytes,
  }
  return { http, database, store, users, accounts, signingKeys, engine, keeper, publicUrl }
}

/** The configured base of public URLs, without a slash at its end. */
export function publicUrlOf(config: Config): string {
  return (config.DARKROOM_PUBLIC_URL ?? `http://${config.HOST}:${config.PORT}`).replace(/\/+$/, '')
}

async function connect(
  config: Config,
  dataDirectory: string,
  logger: Logger,
  closers: Closers,
): Promise<Database> {
  let url = config.DATABASE_URL
  if (url === undefined) {
    const embedded = await openEmbeddedPostgres({ directory: join(dataDirectory, 'postgres'), logger })
    closers.push(() => embedded.close())
    url = embedded.url
  }
  await migrate({ url, logger })
  const database = openDatabase({ url, logger })
  closers.push(() => database.close())
  return database
}

async function openStore(config: Config, dataDirectory: string): Promise<ObjectStore> {
  const url = config.DARKROOM_STORAGE_URL
  const location =
    url === undefined
      ? { kind: 'file' as const, directory: join(dataDirectory, 'objects') }
      : parseStorageUrl(url)
  return location.kind === 'file' ? createFileStore(location) : createS3Store(location)
}

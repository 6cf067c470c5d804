import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { composeAuth } from './compose/auth.ts'
import type { Closers, Infrastructure } from './compose/infrastructure.ts'
import { composeMetadata } from './compose/metadata.ts'
import type { Config } from './config.ts'
import { messageOf } from './errors/catalogue.ts'
import { prepareStagingDirectory } from './ingest/upload-staging.ts'
import { poolSizes } from './metadata/config.ts'
import { openDatabase } from './metadata/database.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from './metadata/embedded.ts'
import { openListDatabase } from './metadata/list-database.ts'
import { finishMigrations, migrate } from './metadata/migrate.ts'
import { publicNetworkPolicy } from './net/network-policy.ts'
import { parseNatsUrl } from './queue/config.ts'
import { createLocalQueue } from './queue/drivers/local.ts'
import type { HostedQueue, Queue } from './queue/queue.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import { parseStorageUrl, type StorageLocation } from './storage/config.ts'
import { createFileStore } from './storage/drivers/file.ts'
import type { ObjectStore } from './storage/store.ts'
import type { Logger } from './telemetry/logger.ts'

/** Parts that tests replace, and what this process shares with its siblings. */
type Replaced = Partial<Pick<Infrastructure, 'networkPolicy' | 'inspector' | 'siblings'>>

/** The rooms of one process. The caller of `openApp` closes it. */
export type App = Awaited<ReturnType<typeof openApp>>
/** The rooms of a command about users and keys. The caller of `openAccounts` closes it. */
export type Accounts = Awaited<ReturnType<typeof openAccounts>>

/**
 * The composition root: the only place that chooses drivers. `compose.ts` builds the rooms on them. When a part fails
 * to open, those opened before it are closed. Only tests replace parts: with a `networkPolicy` that also allows addresses
 * that are not public, and with an `inspector` that several services share.
 */
export function openApp(
  config: Config,
  logger: Logger,
  { networkPolicy = publicNetworkPolicy, inspector, siblings }: Replaced = {},
) {
  return withClose(logger, async closers => {
    // most modules are loaded here, so that a command about accounts does without them
    const { compose } = await import('./compose.ts')
    const infrastructure = await openInfrastructure(config, logger, { closers, siblings })
    return compose({ ...infrastructure, networkPolicy, inspector, siblings })
  })
}

/** Opens the database alone, with the rooms of users and keys. It needs neither the object store nor the queue. */
export function openAccounts(config: Config, logger: Logger) {
  return withClose(logger, async closers => {
    const secrets = await openOwnSecrets(config)
    const { database } = await connect(config, logger, closers)
    const metadata = composeMetadata({ database, secrets })
    return { metadata, auth: composeAuth({ database, secrets, logger }, { metadata }) }
  })
}

/** Adds `close`, which closes what was opened in reverse order. A failure closes it at once. */
async function withClose<T>(logger: Logger, open: (closers: Closers) => Promise<T>) {
  const closers: Closers = []
  const close = async () => {
    for (const closer of closers.reverse()) {
      await closer().catch(error => logger.warn({ err: error }, 'failed to close component'))
    }
  }
  try {
    return { ...(await open(closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Opens the drivers. Each is closed after the parts that use it. */
async function openInfrastructure(
  config: Config,
  logger: Logger,
  { closers, siblings }: Pick<Infrastructure, 'closers' | 'siblings'>,
): Promise<Omit<Infrastructure, keyof Replaced>> {
  const secrets = await openOwnSecrets(config)
  const stagingDirectory = join(dataDirectoryOf(config), 'spool')
  await withVariable('DARKROOM_DATA_DIR', prepareStagingDirectory(stagingDirectory))
  const store = await openStore(config)
  closers.push(() => store.close())
  await withVariable(storageVariable(config), store.check())
  const connected = await connect(config, logger, closers)
  const isShared = siblings !== undefined && config.NATS_URL === undefined
  const queue = isShared ? siblings.queue : await openQueue(config, logger)
  closers.push(() => queue.close())
  return { config, logger, secrets, stagingDirectory, store, ...connected, queue, closers }
}

/** The secrets of the configuration, or of the data directory, which is created when it is missing. */
async function openOwnSecrets(config: Config): Promise<Secrets> {
  const dataDirectory = dataDirectoryOf(config)
  await withVariable('DARKROOM_DATA_DIR', mkdir(dataDirectory, { recursive: true }))
  return openSecrets(config, dataDirectory)
}

/** The absolute path of the data directory. */
export function dataDirectoryOf(config: Config): string {
  return resolve(config.DARKROOM_DATA_DIR)
}

/** The configured Postgres server, or the embedded one in the data directory. */
export async function openPostgres(config: Config, logger: Logger): Promise<EmbeddedPostgres> {
  if (config.DATABASE_URL !== undefined) return { url: config.DATABASE_URL, close: async () => {} }
  return openEmbeddedPostgres({ directory: join(dataDirectoryOf(config), 'postgres'), logger })
}

/** The configured object store, or files in the data directory. It is not checked yet. */
export function openStore(config: Config): Promise<ObjectStore> {
  return openStoreAt(storageLocation(config), storageVariable(config))
}

/**
 * The object store of a backup, which is checked.
 * @param place a folder or an `s3://` URL
 * @throws Error that begins with `target`, also when it is the store of the service
 */
export async function openBackupStore(place: string, config: Config): Promise<ObjectStore> {
  const location: StorageLocation = /^[a-z0-9]+:\/\//.test(place)
    ? parseStorageUrl(place, 'target')
    : { kind: 'file', directory: resolve(place) }
  if (isDeepStrictEqual(location, storageLocation(config)))
    throw new Error('target: is the object store of the service, expected another folder, bucket or prefix')
  const store = await openStoreAt(location, 'target')
  try {
    await withVariable('target', store.check())
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

async function openStoreAt(location: StorageLocation, variable: string): Promise<ObjectStore> {
  if (location.kind === 's3') {
    // loading the SDK takes most of the start-up time, so it is loaded only when it is used
    const { createS3Store } = await import('./storage/drivers/s3.ts')
    return createS3Store(location)
  }
  return withVariable(variable, createFileStore(location))
}

/** The configured queue, or one in this process. */
export async function openQueue(config: Config, logger: Logger): Promise<Queue> {
  if (config.NATS_URL === undefined) return createLocalQueue({ logger })
  const { openNatsQueue } = await import('./queue/drivers/nats.ts')
  return withVariable('NATS_URL', openNatsQueue({ location: parseNatsUrl(config.NATS_URL), logger }))
}

/** The queue of several processes, which is in the one that supervises them; undefined when they use NATS. */
export function openHostedQueue(config: Config, logger: Logger): HostedQueue | undefined {
  return config.NATS_URL === undefined ? createLocalQueue({ logger }) : undefined
}

/** The variable that configures the object store, for error messages. */
export function storageVariable(config: Config): string {
  return config.DARKROOM_STORAGE_URL === undefined ? 'DARKROOM_DATA_DIR' : 'DARKROOM_STORAGE_URL'
}

/** The variable that configures the database, for error messages. */
export function databaseVariable(config: Config): string {
  return config.DATABASE_URL === undefined ? 'DARKROOM_DATA_DIR' : 'DATABASE_URL'
}

function storageLocation(config: Config): StorageLocation {
  const url = config.DARKROOM_STORAGE_URL
  if (url === undefined) return { kind: 'file', directory: join(dataDirectoryOf(config), 'objects') }
  return parseStorageUrl(url)
}

async function connect(config: Config, logger: Logger, closers: Closers) {
  const postgres = await openPostgres(config, logger)
  closers.push(() => postgres.close())
  const { url } = postgres
  // migrations may take longer than a pooler lets a statement run
  const databaseUrl = config.DARKROOM_DATABASE_DIRECT_URL ?? url
  await withVariable(databaseVariable(config), migrate({ url: databaseUrl, logger }))
  const sizes = poolSizes(config)
  const database = openDatabase({ url, logger, maxConnections: sizes.main })
  closers.push(() => database.close())
  const lists = openListDatabase({ url, logger, maxConnections: sizes.lists })
  closers.push(() => lists.close())
  return {
    database,
    lists,
    databaseUrl,
    finishMigrations: async (signal: AbortSignal) => {
      await finishMigrations({ url: databaseUrl, logger }, signal)
    },
  }
}

/** Prefixes the error of a part with the variable that configures it. */
async function withVariable<T>(variable: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new Error(`${variable}: ${messageOf(cause)}`, { cause })
  }
}

import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Base, Closers } from './compose/base.ts'
import { compose } from './compose.ts'
import { type Config, ConfigError } from './config.ts'
import { messageOf } from './errors/catalogue.ts'
import { prepareStagingDirectory } from './ingest/upload-staging.ts'
import { type Database, openDatabase } from './metadata/database.ts'
import { type EmbeddedPostgres, openEmbeddedPostgres } from './metadata/embedded.ts'
import { migrate } from './metadata/migrate.ts'
import { type NetworkPolicy, publicNetworkPolicy } from './net/network-policy.ts'
import { parseNatsUrl } from './queue/config.ts'
import { createLocalQueue } from './queue/drivers/local.ts'
import type { Queue } from './queue/queue.ts'
import { openSecrets } from './secrets.ts'
import { parseStorageUrl, type StorageLocation } from './storage/config.ts'
import { createFileStore } from './storage/drivers/file.ts'
import type { ObjectStore } from './storage/store.ts'
import type { Logger } from './telemetry/logger.ts'

/** The rooms of one process, put together. Whoever opens it closes it. */
export type App = Awaited<ReturnType<typeof openApp>>

/**
 * The composition root: the only place that chooses drivers, which `compose.ts` builds the rooms on. What fails half-way is
 * closed again. No configuration names other hosts than public ones for `reach`: only tests, in their own process.
 */
export async function openApp(config: Config, logger: Logger, reach: NetworkPolicy = publicNetworkPolicy) {
  const closers: Closers = []
  const close = async () => {
    for (const closer of closers.reverse()) {
      await closer().catch(error => logger.warn({ err: error }, 'a part did not close well'))
    }
  }
  try {
    return { ...(await compose({ ...(await openBase(config, logger, closers)), reach })), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Opens what the rooms stand on; each part is closed after those that use it. */
async function openBase(config: Config, logger: Logger, closers: Closers): Promise<Omit<Base, 'reach'>> {
  const dataDirectory = dataDirectoryOf(config)
  const stagingDirectory = join(dataDirectory, 'spool')
  const prepared = mkdir(dataDirectory, { recursive: true }).then(() =>
    prepareStagingDirectory(stagingDirectory),
  )
  await naming('DARKROOM_DATA_DIR', prepared)
  const secrets = await openSecrets(config, dataDirectory)
  const store = await openStore(config)
  closers.push(() => store.close())
  await naming(storageVariable(config), store.check())
  const database = await connect(config, logger, closers)
  const queue = await openQueue(config, logger)
  closers.push(() => queue.close())
  return { config, logger, secrets, stagingDirectory, store, database, queue, closers }
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

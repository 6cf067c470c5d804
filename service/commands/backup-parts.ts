import { databaseVariable, dataDirectoryOf, openBackupStore, openPostgres, openStore } from '../app.ts'
import { type Config, ConfigError } from '../config.ts'
import { messageOf } from '../errors/catalogue.ts'
import { type MigrateOptions, readSchemaStatus } from '../metadata/migrate.ts'
import { findMasterKeys } from '../secrets.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Environment } from './command.ts'
import { onInterruption } from './interruption.ts'
import { readCommandConfig } from './open.ts'
import { startProgress } from './progress.ts'

/** What the commands about backups work with. */
export interface BackupCommand {
  readonly config: Config
  /** Where the backup is. */
  readonly target: ObjectStore
  /** The store of the service. */
  readonly store: ObjectStore
  readonly signal: AbortSignal
  /** Opens the database, which is closed with the command. */
  readonly openDatabase: () => Promise<MigrateOptions>
}

/** Opens the target and the store of the service, and closes everything afterwards. */
export async function withBackup<T>(
  environment: Environment,
  place: string,
  work: (parts: BackupCommand) => Promise<T>,
): Promise<T> {
  const { config, logger } = await readCommandConfig(environment)
  const interruption = onInterruption()
  const closers = [async () => interruption.dispose()]
  try {
    const target = await openBackupStore(place, config)
    closers.push(() => target.close())
    const store = await openStore(config)
    closers.push(() => store.close())
    const openDatabase = async () => {
      const postgres = await openPostgres(config, logger)
      closers.push(() => postgres.close())
      return { url: config.DARKROOM_DATABASE_DIRECT_URL ?? postgres.url, logger }
    }
    return await work({ config, target, store, signal: interruption.signal, openDatabase })
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/** The master keys of the service, without generating one. @throws ConfigError when there is none */
export async function requireMasterKeys(config: Config): Promise<readonly [Buffer, ...Buffer[]]> {
  const { masterKey, newMasterKey } = await findMasterKeys(config, dataDirectoryOf(config))
  if (masterKey !== undefined) return newMasterKey ? [masterKey, newMasterKey] : [masterKey]
  throw new ConfigError([
    'DARKROOM_MASTER_KEY: required, or the file master.key in the data directory, as in the service that was backed up',
  ])
}

/** @throws Error unless the database has the schema of this version */
export async function requireSchema(options: MigrateOptions): Promise<void> {
  const { applied, pending } = await readSchemaStatus(options)
  if (applied.length === 0) throw new Error('there is nothing to read, the database has no tables')
  if (pending.length > 0) throw new Error('the schema is of an earlier version, run `darkroom migrate` first')
}

/** Names the variable of the database in its errors. */
export async function aboutDatabase<T>(config: Config, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new Error(`${databaseVariable(config)}: ${messageOf(cause)}`, { cause })
  }
}

/** Shows the bytes of originals on a terminal, and prints the keys of those with a problem. */
export function reportOriginals(name: string, total: number) {
  const bar = startProgress(process.stderr, { name, total })
  return {
    onProgress: (_file: string, bytes: number) => bar.add(bytes),
    onProblem(problem: 'missing' | 'damaged', key: string) {
      bar.clear()
      process.stderr.write(`${problem} original\t${key}\n`)
    },
    end: () => bar.clear(),
  }
}

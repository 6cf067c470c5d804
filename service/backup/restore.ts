import Type from 'typebox'
import Value from 'typebox/value'
import { DarkroomError } from '../errors/catalogue.ts'
import {
  type BackupRows,
  clearDatabase,
  type DatabaseState,
  loadDatabase,
  readDatabaseState,
} from '../metadata/database-load.ts'
import { finishMigrations, type MigrateOptions, migrate } from '../metadata/migrate.ts'
import { readMigrations } from '../metadata/migration-files.ts'
import { restoreProgressKey, rootPrefixes } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import { canDecrypt } from './backup.ts'
import { forEach } from './for-each.ts'
import { type BackupManifest, masterKeyContext } from './manifest.ts'
import {
  copyOriginal,
  keyOf,
  readOriginals,
  retrying,
  type SavedOriginal,
  verifyOriginal,
} from './originals.ts'
import { openSavedFile } from './saved-file.ts'
import { readDeleted, type VerifyOptions, verifyRows } from './verify.ts'

export interface RestoreParts {
  /** Where the backup is. */
  readonly target: ObjectStore
  /** The store of the service. */
  readonly store: ObjectStore
  readonly database: MigrateOptions
  readonly masterKey: Buffer
}

export interface RestoreOptions extends VerifyOptions {
  /** Whether a database that has users is cleared, and objects may be in the store. */
  readonly replace: boolean
}

/** The numbers of a restore. */
export interface RestoreReport {
  backup: string
  /** The moment that the backup shows. */
  at: string
  tables: number
  rows: number
  originals: number
  copied: number
  /** Originals that were in the store already, with the right hash. */
  present: number
  missing: number
  damaged: number
  /** Images that were deleted while the backup was made. */
  deleted: number
}

const Progress = Type.Object({ backup: Type.String(), done: Type.Integer({ minimum: 0 }) })
type Progress = Type.Static<typeof Progress>

/** How often the progress is written, in milliseconds. */
const progressMs = 5_000

/**
 * Restores a backup into an empty database and an empty store. The database is filled last and at once, so a service that is
 * started too early has nothing. A restore that was broken off goes on when it is run again.
 * @throws DarkroomError `conflict` before anything is written, `bad-request` when the backup does not fit or its rows are
 * damaged, or `unavailable`
 */
export async function restoreBackup(
  parts: RestoreParts,
  manifest: BackupManifest,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const { target, store } = parts
  const { signal, replace } = options
  checkMasterKey(parts, manifest)
  await checkSchema(parts.database, manifest)
  await verifyRows(target, manifest, signal)
  const progress = await readProgress(store, manifest, signal)
  const state = await checkDatabase(parts.database, manifest, { replace, isResumed: progress !== undefined })
  const isCopy = manifest.originals.mode === 'copy'
  if (isCopy && progress === undefined && !replace) await requireEmptyStore(store, signal)

  const deleted = await readDeleted(target, manifest, signal)
  const report = {
    ...{ backup: manifest.id, at: manifest.at, tables: manifest.tables.length },
    rows: manifest.tables.reduce((sum, { file }) => sum + file.rows, 0),
    ...{ originals: manifest.originals.list.rows, copied: 0, present: 0, missing: 0, damaged: 0 },
    deleted: deleted.size,
  }
  await restoreOriginals(parts, manifest, { ...options, deleted, report, begun: progress?.done ?? 0 })
  if (state.restoredFrom !== manifest.id || progress === undefined)
    await restoreRows(parts, manifest, { state, deleted, signal })
  if (isCopy) await store.delete([restoreProgressKey], signal)
  return report
}

function checkMasterKey({ masterKey }: RestoreParts, { id, masterKeyCheck }: BackupManifest): void {
  if (canDecrypt(masterKey, Buffer.from(masterKeyCheck, 'base64'), masterKeyContext(id))) return
  throw new DarkroomError(
    'bad-request',
    'the master key is not the one of the backup, expected the DARKROOM_MASTER_KEY or the file master.key of the service that was backed up',
  )
}

async function checkSchema({ folder }: MigrateOptions, { migrations }: BackupManifest): Promise<void> {
  const own = await readMigrations(folder ?? new URL('../metadata/migrations/', import.meta.url))
  const foreign = migrations.find(({ number, checksum }) => own[number - 1]?.checksum !== checksum)
  if (foreign)
    throw new DarkroomError(
      'bad-request',
      `the backup is of another version of Darkroom, with the migration ${foreign.name}: install that version or a newer one`,
    )
}

/** The last migration of the backup. */
const lastMigration = ({ migrations }: BackupManifest) => Math.max(...migrations.map(({ number }) => number))

/** Whether a schema can be migrated to the one of the backup. */
const isEarlier = ({ applied }: DatabaseState, manifest: BackupManifest) =>
  applied.every(number => number <= lastMigration(manifest))

async function checkDatabase(
  options: MigrateOptions,
  manifest: BackupManifest,
  { replace, isResumed }: { replace: boolean; isResumed: boolean },
): Promise<DatabaseState> {
  const state = await readDatabaseState(options)
  if (state.connections > 0)
    throw new DarkroomError('conflict', 'a service uses the database, stop all processes of Darkroom first')
  const isEmpty =
    state.schema === 'none' || (state.schema === 'darkroom' && !state.isFilled && isEarlier(state, manifest))
  if (isEmpty || replace || (isResumed && state.restoredFrom === manifest.id)) return state
  throw new DarkroomError(
    'conflict',
    'the database is not empty, expected a new one, or --replace to delete all of its tables',
  )
}

async function readProgress(
  store: ObjectStore,
  { id }: BackupManifest,
  signal: AbortSignal,
): Promise<Progress | undefined> {
  const data = await store.read(restoreProgressKey, { maxBytes: 10_000, signal })
  const progress: unknown = data && JSON.parse(data.toString('utf8'))
  return Value.Check(Progress, progress) && progress.backup === id ? progress : undefined
}

async function requireEmptyStore(store: ObjectStore, signal: AbortSignal): Promise<void> {
  for (const prefix of rootPrefixes) {
    for await (const key of store.list(prefix, signal))
      throw new DarkroomError(
        'conflict',
        `the object store is not empty, it has ${key}: expected an empty one, or --replace to keep its objects and add those of the backup`,
      )
  }
}

interface OriginalsRun extends RestoreOptions {
  readonly deleted: ReadonlyMap<string, string>
  readonly report: RestoreReport
  /** How many originals of the list an earlier run has restored. */
  readonly begun: number
}

async function restoreOriginals(
  { target, store }: RestoreParts,
  { id, originals }: BackupManifest,
  { signal, onProblem, onProgress, deleted, report, begun }: OriginalsRun,
): Promise<void> {
  const isCopy = originals.mode === 'copy'
  const save = (done: number) => {
    const progress: Progress = { backup: id, done }
    return store.put(restoreProgressKey, Buffer.from(JSON.stringify(progress)), {
      contentType: 'application/json',
      signal,
    })
  }
  if (isCopy) await save(begun)
  const restore = async (original: SavedOriginal) => {
    const found = await verifyOriginal(store, original, signal)
    return found === 'present' || !isCopy ? found : copyOriginal(target, store, original, signal)
  }
  let savedAt = performance.now()
  const list = skip(readOriginals(target, originals.list, signal), begun, ({ bytes }) => {
    report.present++
    onProgress('originals', bytes)
  })
  await forEach(
    list,
    async original => {
      signal.throwIfAborted()
      const outcome = await retrying(() => restore(original), signal)
      onProgress('originals', original.bytes)
      const isProblem = outcome === 'missing' || outcome === 'damaged'
      if (isProblem && deleted.has(original.imageId)) return
      report[outcome]++
      if (isProblem) onProblem(outcome, keyOf(original))
    },
    async done => {
      if (!isCopy || performance.now() - savedAt < progressMs) return
      savedAt = performance.now()
      await save(begun + done)
    },
  )
}

async function* skip<T>(
  items: AsyncIterable<T>,
  count: number,
  onSkipped: (item: T) => void,
): AsyncGenerator<T> {
  let left = count
  for await (const item of items) {
    if (left-- > 0) onSkipped(item)
    else yield item
  }
}

async function restoreRows(
  { target, database }: RestoreParts,
  manifest: BackupManifest,
  {
    state,
    deleted,
    signal,
  }: { state: DatabaseState; deleted: ReadonlyMap<string, string>; signal: AbortSignal },
): Promise<void> {
  const { id, tables } = manifest
  if (state.isFilled || state.schema === 'other' || !isEarlier(state, manifest)) await clearDatabase(database)
  await migrate({ ...database, through: lastMigration(manifest) })
  const files = new Map(tables.map(({ name, file }) => [name, file]))
  const rows: BackupRows = {
    backup: id,
    tables,
    open: ({ name }) => openSavedFile(target, files.get(name) ?? { parts: [], rows: 0 }, signal),
    deleted: [...deleted].map(([imageId, userId]) => ({ userId, imageId })),
  }
  await loadDatabase(database, rows, signal)
  await migrate(database)
  await finishMigrations(database, signal)
}

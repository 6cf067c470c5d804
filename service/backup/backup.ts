import { randomBytes } from 'node:crypto'
import { DarkroomError } from '../errors/catalogue.ts'
import type { DatabaseSnapshot } from '../metadata/database-snapshot.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { ImageName } from '../metadata/object-names.ts'
import { decryptSecret, encryptSecret } from '../metadata/secret-encryption.ts'
import type { ObjectStore } from '../storage/store.ts'
import { forEach } from './for-each.ts'
import {
  type BackupManifest,
  masterKeyContext,
  newBackupId,
  type OriginalsMode,
  writeManifest,
} from './manifest.ts'
import { copyOriginal, keyOf, readOriginals, retrying, type SavedOriginal } from './originals.ts'
import { rowsOf, saveFile } from './saved-file.ts'

export interface BackupParts {
  /** The store of the service. */
  readonly store: ObjectStore
  /** Where the backup is written. */
  readonly target: ObjectStore
  readonly images: Pick<ImageRepository, 'find'>
  readonly withSnapshot: <T>(work: (snapshot: DatabaseSnapshot) => Promise<T>) => Promise<T>
  /** The master key, and its successor while it is rotated. */
  readonly masterKeys: readonly Buffer[]
}

export interface BackupOptions {
  readonly originals: OriginalsMode
  readonly signal: AbortSignal
  /** Called for each original that is not in the store, or does not have the right hash. */
  readonly onProblem: (problem: 'missing' | 'damaged', key: string) => void
  /** Called before the originals are copied, with their bytes. */
  readonly onBegin: (bytes: number) => void
  readonly onProgress: (bytes: number) => void
}

/** The numbers of a backup. */
export interface BackupReport {
  backup: string
  tables: number
  rows: number
  /** Of the rows, compressed. */
  rowBytes: number
  originals: number
  copied: number
  copiedBytes: number
  /** Originals that the target had already. */
  present: number
  missing: number
  damaged: number
  /** Originals of images that were deleted while the backup was made. */
  deleted: number
}

/** A manifest before the originals are copied. */
type Draft = Omit<BackupManifest, 'originals'> & {
  readonly originals: Pick<BackupManifest['originals'], 'bytes' | 'list'>
}

/**
 * Writes a backup to a target. A backup that was broken off can be made again: originals that are in the target are not copied again.
 * @throws DarkroomError `unavailable`, or the signal's reason
 */
export async function makeBackup(parts: BackupParts, options: BackupOptions): Promise<BackupReport> {
  const draft = await parts.withSnapshot(snapshot => saveRows(parts, snapshot, options))
  const files = [...draft.tables.map(({ file }) => file), draft.originals.list]
  const report: BackupReport = {
    backup: draft.id,
    tables: draft.tables.length,
    rows: draft.tables.reduce((sum, { file }) => sum + file.rows, 0),
    rowBytes: files.flatMap(file => file.parts).reduce((sum, { bytes }) => sum + bytes, 0),
    ...{
      originals: draft.originals.list.rows,
      copied: 0,
      copiedBytes: 0,
      present: 0,
      missing: 0,
      damaged: 0,
      deleted: 0,
    },
  }
  const deleted = options.originals === 'copy' ? await saveOriginals(parts, draft, options, report) : []
  const place = { store: parts.target, backup: draft.id, name: 'deleted' }
  const names = rowsOf(deleted.map(({ userId, imageId }) => [userId, imageId]))
  const originals = {
    ...draft.originals,
    mode: options.originals,
    deleted: await saveFile(place, names, options.signal),
  }
  await writeManifest(parts.target, { ...draft, originals }, options.signal)
  return report
}

async function saveRows(
  { target, masterKeys }: BackupParts,
  snapshot: DatabaseSnapshot,
  { signal }: BackupOptions,
): Promise<Draft> {
  const id = newBackupId(snapshot.at)
  const check = encryptSecret(masterKeyOf(snapshot, masterKeys), randomBytes(32), masterKeyContext(id))
  const save = (name: string, rows: Parameters<typeof saveFile>[1]) =>
    saveFile({ store: target, backup: id, name }, rows, signal)
  const tables: BackupManifest['tables'] = []
  for (const table of snapshot.tables) {
    const file = await save(table.name, snapshot.copyTable(table))
    tables.push({ name: table.name, columns: [...table.columns], file })
  }
  return {
    ...{ format: 1, id, at: snapshot.at.toISOString(), tables },
    masterKeyCheck: check.toString('base64'),
    migrations: snapshot.migrations.map(({ number, name, checksum }) => ({ number, name, checksum })),
    originals: {
      bytes: await snapshot.originalBytes(),
      list: await save('originals', snapshot.copyOriginals()),
    },
  }
}

/** The key that the secrets of the database are encrypted with. */
function masterKeyOf({ secret }: DatabaseSnapshot, masterKeys: readonly Buffer[]): Buffer {
  const found = masterKeys.find(
    key => secret === undefined || canDecrypt(key, secret.encrypted, secret.context),
  )
  if (found !== undefined) return found
  throw new DarkroomError(
    'bad-request',
    'the master key is not the one that the secrets of the database are encrypted with',
  )
}

/** Whether a secret was encrypted with this key for this context. */
export function canDecrypt(key: Buffer, encrypted: Buffer, context: string): boolean {
  try {
    decryptSecret(key, encrypted, context)
    return true
  } catch {
    return false
  }
}

/** Copies the originals. Returns the images that were deleted meanwhile. */
async function saveOriginals(
  parts: BackupParts,
  { originals: { list, bytes } }: Draft,
  { signal, onBegin, onProgress, onProblem }: BackupOptions,
  report: BackupReport,
): Promise<ImageName[]> {
  const deleted: ImageName[] = []
  onBegin(bytes)
  await forEach(readOriginals(parts.target, list, signal), async original => {
    signal.throwIfAborted()
    const outcome = await retrying(() => saveOriginal(parts, original, signal), signal)
    report[outcome]++
    if (outcome === 'copied') report.copiedBytes += original.bytes
    if (outcome === 'deleted') deleted.push(original)
    if (outcome === 'missing' || outcome === 'damaged') onProblem(outcome, keyOf(original))
    onProgress(original.bytes)
  })
  return deleted
}

async function saveOriginal(
  { store, target, images }: BackupParts,
  original: SavedOriginal,
  signal: AbortSignal,
) {
  if ((await target.size(keyOf(original), signal)) === original.bytes) return 'present'
  const outcome = await copyOriginal(store, target, original, signal)
  if (outcome !== 'missing') return outcome
  const image = await images.find(original.userId, original.imageId)
  return image?.state === 'ready' ? 'missing' : 'deleted'
}

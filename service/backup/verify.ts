import type { ObjectStore } from '../storage/store.ts'
import { forEach } from './for-each.ts'
import type { BackupManifest } from './manifest.ts'
import { keyOf, readOriginals, retrying, verifyOriginal } from './originals.ts'
import { readRows, verifySavedFile } from './saved-file.ts'

/** The numbers of a verified backup. */
export interface VerifyReport {
  backup: string
  tables: number
  rows: number
  originals: number
  missing: number
  damaged: number
}

export interface VerifyOptions {
  readonly signal: AbortSignal
  /** Called for each original that is not in the backup, or does not have the right hash. */
  readonly onProblem: (problem: 'missing' | 'damaged', key: string) => void
  readonly onProgress: (file: string, bytes: number) => void
}

/** Reads every row of a backup. @throws DarkroomError `bad-request` that names a file that is missing or damaged */
export async function verifyRows(
  target: ObjectStore,
  { tables, originals }: BackupManifest,
  signal: AbortSignal,
): Promise<void> {
  for (const file of [...tables.map(table => table.file), originals.list, originals.deleted])
    await retrying(() => verifySavedFile(target, file, signal), signal)
}

/**
 * Reads every row and every original of a backup, and writes nothing.
 * @throws DarkroomError `bad-request` that names a file of rows that is missing or damaged
 */
export async function verifyBackup(
  target: ObjectStore,
  manifest: BackupManifest,
  { signal, onProblem, onProgress }: VerifyOptions,
): Promise<VerifyReport> {
  await verifyRows(target, manifest, signal)
  const { tables, originals } = manifest
  const report = {
    ...{ backup: manifest.id, tables: tables.length, originals: originals.list.rows, missing: 0, damaged: 0 },
    rows: tables.reduce((sum, { file }) => sum + file.rows, 0),
  }
  if (originals.mode === 'reference') return report
  const absent = await readDeleted(target, manifest, signal)
  await forEach(readOriginals(target, originals.list, signal), async original => {
    signal.throwIfAborted()
    const outcome = await retrying(() => verifyOriginal(target, original, signal), signal)
    onProgress('originals', original.bytes)
    if (outcome === 'present' || absent.has(original.imageId)) return
    report[outcome]++
    onProblem(outcome, keyOf(original))
  })
  return report
}

/** The images that were deleted before their original was copied, by id, with their users. */
export async function readDeleted(
  target: ObjectStore,
  { originals }: BackupManifest,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const deleted = new Map<string, string>()
  for await (const [userId, imageId] of readRows(target, originals.deleted, signal))
    if (userId && imageId) deleted.set(imageId, userId)
  return deleted
}

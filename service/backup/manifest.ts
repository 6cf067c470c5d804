import Type from 'typebox'
import Value from 'typebox/value'
import { DarkroomError } from '../errors/catalogue.ts'
import { randomId } from '../metadata/ids.ts'
import { backupManifestKey, backupPrefix } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'

/** The version of the format, which changes when an older program could not restore a backup any more. */
const format = 1
const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
const count = Type.Integer({ minimum: 0 })

/** A file of a backup: compressed with gzip, and cut into parts. */
export const SavedFile = Type.Object({
  rows: count,
  parts: Type.Array(Type.Object({ key: Type.String(), bytes: count, sha256 })),
})
export type SavedFile = Type.Static<typeof SavedFile>

/** Whether a backup contains the files of the originals, or only their names and hashes. */
export const OriginalsMode = Type.Enum(['copy', 'reference'])
export type OriginalsMode = Type.Static<typeof OriginalsMode>

/** What a backup contains. It is written last, so a backup without it is not complete. */
export const BackupManifest = Type.Object({
  format: Type.Literal(format),
  id: Type.String({ pattern: '^[0-9]{8}t[0-9]{6}z-[a-z0-9]{6}$' }),
  /** The moment that the backup shows. */
  at: Type.String(),
  /** The schema of the rows. */
  migrations: Type.Array(
    Type.Object({ number: Type.Integer({ minimum: 1 }), name: Type.String(), checksum: Type.String() }),
  ),
  /** Random bytes that are encrypted with the master key, in base64. */
  masterKeyCheck: Type.String(),
  tables: Type.Array(
    Type.Object({
      name: Type.String({ pattern: '^[a-z_]+$' }),
      columns: Type.Array(Type.String({ pattern: '^[a-z0-9_]+$' })),
      file: SavedFile,
    }),
  ),
  originals: Type.Object({
    mode: OriginalsMode,
    list: SavedFile,
    bytes: count,
    /** Images that were deleted while the backup was made, before their original was copied. */
    deleted: SavedFile,
  }),
})
export type BackupManifest = Type.Static<typeof BackupManifest>

/** The most bytes of a manifest. Each of its parts has 16 MB. */
const maxManifestBytes = 64 * 1024 * 1024

/** An id for a backup. Ids are in the order of time. */
export function newBackupId(at: Date): string {
  const time = at
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, '')
    .toLowerCase()
  return `${time}-${randomId(6)}`
}

/** The context that the check of the master key is encrypted with. */
export const masterKeyContext = (id: string) => `backup:${id}`

export async function writeManifest(
  store: ObjectStore,
  manifest: BackupManifest,
  signal: AbortSignal,
): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  await store.put(backupManifestKey(manifest.id), Buffer.from(text), {
    contentType: 'application/json',
    signal,
  })
}

/**
 * Reads the manifest of a backup, by default of the latest complete one.
 * @throws DarkroomError `not-found`, or `bad-request` when it is damaged or of a newer version
 */
export async function readManifest(
  store: ObjectStore,
  id: string | undefined,
  signal: AbortSignal,
): Promise<BackupManifest> {
  const found = id ?? (await listBackups(store, signal)).at(-1)
  const data = found && (await readText(store, found, signal))
  if (!found || !data)
    throw new DarkroomError('not-found', `there is no complete backup${id ? ` ${id}` : ''}`)
  const manifest = parse(data)
  if (Value.Check(BackupManifest, manifest) && manifest.id === found) return manifest
  throw new DarkroomError('bad-request', `backup ${found}: the manifest is damaged, or of a newer version`)
}

async function readText(store: ObjectStore, id: string, signal: AbortSignal): Promise<string | undefined> {
  if (!/^[a-z0-9-]+$/.test(id)) return undefined
  const data = await store.read(backupManifestKey(id), { maxBytes: maxManifestBytes, signal })
  return data?.toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The ids of the complete backups, the oldest first. */
export async function listBackups(store: ObjectStore, signal: AbortSignal): Promise<string[]> {
  const ids: string[] = []
  for await (const key of store.list(backupPrefix, signal)) {
    const id = key.slice(backupPrefix.length).split('/')[0] ?? ''
    if (key === backupManifestKey(id)) ids.push(id)
  }
  return ids.sort()
}

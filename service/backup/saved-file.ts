import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { DarkroomError } from '../errors/catalogue.ts'
import { backupPartKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { SavedFile } from './manifest.ts'

/** The size from which a part is written, in bytes. A part is in memory while it is written and read. */
const partBytes = 16 * 1024 * 1024
/** A chunk of gzip is much smaller. */
const maxPartBytes = 2 * partBytes
/** A fifth of the time of the usual level, and files that are an eighth larger. */
const compression = { level: 2, chunkSize: 256 * 1024 }

const hashOf = (data: Buffer) => createHash('sha256').update(data).digest('hex')

/** Where a file of a backup is. */
export interface FilePlace {
  readonly store: ObjectStore
  readonly backup: string
  readonly name: string
}

/** Writes a stream to a backup, in parts. The number of rows is read after the end of the stream. */
export async function saveFile(
  { store, backup, name }: FilePlace,
  { stream, rows }: { readonly stream: Readable; rows(): number },
  signal: AbortSignal,
): Promise<SavedFile> {
  const parts: SavedFile['parts'] = []
  const save = async (data: Buffer) => {
    const key = backupPartKey(backup, name, parts.length + 1)
    await store.put(key, data, { contentType: 'application/gzip', signal })
    parts.push({ key, bytes: data.length, sha256: hashOf(data) })
  }
  await pipeline(
    stream,
    createGzip(compression),
    async (compressed: AsyncIterable<Buffer>) => {
      let chunks: Buffer[] = []
      let bytes = 0
      for await (const chunk of compressed) {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes < partBytes) continue
        await save(Buffer.concat(chunks))
        chunks = []
        bytes = 0
      }
      if (bytes > 0) await save(Buffer.concat(chunks))
    },
    { signal },
  )
  return { parts, rows: rows() }
}

/** Opens a file of a backup. Nothing of a part is read before its hash is verified. The stream fails with `bad-request`. */
export function openSavedFile(store: ObjectStore, file: SavedFile, signal: AbortSignal): Readable {
  const compressed = Readable.from(readParts(store, file, signal), { objectMode: false })
  const plain = createGunzip()
  pipeline(compressed, plain, { signal }).catch(error => plain.destroy(error))
  return plain
}

async function* readParts(
  store: ObjectStore,
  { parts }: SavedFile,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for (const { key, bytes, sha256 } of parts) {
    const data = await store.read(key, { maxBytes: maxPartBytes, signal })
    if (data === undefined) throw new DarkroomError('bad-request', `${key}: missing in the backup`)
    if (data.length !== bytes || hashOf(data) !== sha256)
      throw new DarkroomError('bad-request', `${key}: damaged, it does not have the hash of the manifest`)
    yield data
  }
}

/** The lines of a file of a backup, split at tabs; null for a value that Postgres writes as `\N`. */
export async function* readRows(
  store: ObjectStore,
  file: SavedFile,
  signal: AbortSignal,
): AsyncGenerator<(string | null)[]> {
  let rest = ''
  for await (const chunk of openSavedFile(store, file, signal).setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield line.split('\t').map(value => (value === '\\N' ? null : value))
  }
}

/** Reads a whole file of a backup, and fails unless it has as many lines as the manifest says. */
export async function verifySavedFile(
  store: ObjectStore,
  file: SavedFile,
  signal: AbortSignal,
): Promise<void> {
  let rows = 0
  for await (const chunk of openSavedFile(store, file, signal))
    for (const byte of chunk) if (byte === newline) rows++
  if (rows !== file.rows)
    throw new DarkroomError('bad-request', `${file.parts[0]?.key ?? 'a file'}: rows are missing`)
}

const newline = 0x0a

/** Lines for `saveFile`. */
export function rowsOf(rows: readonly (readonly string[])[]) {
  const stream = Readable.from(
    rows.map(row => `${row.join('\t')}\n`),
    { objectMode: true },
  )
  return { stream, rows: () => rows.length }
}

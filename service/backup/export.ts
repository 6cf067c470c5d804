import { type DataOwner, type UserData, userDataKinds } from '../metadata/user-data.ts'
import { exportFileKey, exportOriginalKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import { forEach } from './for-each.ts'
import { copyOriginal, keyOf, retrying, type SavedOriginal } from './originals.ts'

/** The size from which a file of rows is written, and a size that none has, in bytes. */
const fileBytes = 8 * 1024 * 1024
const maxFileBytes = 16 * fileBytes

export interface ExportParts {
  /** The store of the service. */
  readonly store: ObjectStore
  /** Where the export is written. */
  readonly target: ObjectStore
}

export interface ExportOptions {
  readonly signal: AbortSignal
  /** Called for each original that is not in the store, or does not have the right hash. */
  readonly onProblem: (problem: 'missing' | 'damaged', key: string) => void
  readonly onProgress: (bytes: number) => void
}

/** The numbers of an export. */
export interface ExportReport {
  user: string
  rows: number
  originals: number
  copied: number
  /** Originals that the target had already. */
  present: number
  missing: number
  damaged: number
}

/** The rows of an export: how many there are of each kind, and how many files those of the images have. */
export interface ExportedRows {
  readonly at: Date
  readonly owner: DataOwner
  readonly counts: Readonly<Record<string, number>>
  readonly imageFiles: number
}

/** Writes the rows of each kind as lines of JSON. @throws DarkroomError `unavailable` */
export async function exportRows(
  target: ObjectStore,
  { at, owner, rows }: UserData,
  signal: AbortSignal,
): Promise<ExportedRows> {
  const counts: Record<string, number> = {}
  let imageFiles = 0
  for (const kind of userDataKinds) {
    const { count, files } = await writeRows(target, kind, rows(kind), signal)
    counts[kind] = count
    if (kind === 'images') imageFiles = files
  }
  return { at, owner, counts, imageFiles }
}

/**
 * Copies the originals that the rows name, and writes the file that completes the export. When it is run again with the same
 * target, it copies only originals that are not there. @throws DarkroomError `unavailable`, or the signal's reason
 */
export async function exportOriginals(
  parts: ExportParts,
  { at, owner, counts, imageFiles }: ExportedRows,
  { signal, onProgress, onProblem }: ExportOptions,
): Promise<ExportReport> {
  const report: ExportReport = {
    user: owner.id,
    rows: Object.values(counts).reduce((sum, count) => sum + count, 0),
    ...{ originals: 0, copied: 0, present: 0, missing: 0, damaged: 0 },
  }
  await forEach(readImages(parts.target, owner.id, imageFiles, signal), async image => {
    signal.throwIfAborted()
    report.originals++
    const outcome = await retrying(() => copyTo(parts, image, signal), signal)
    report[outcome]++
    onProgress(image.bytes)
    if (outcome === 'missing' || outcome === 'damaged') onProblem(outcome, keyOf(image))
  })
  const { originals, missing, damaged } = report
  const summary = { at, user: owner, rows: counts, originals, missing, damaged }
  const text = `${JSON.stringify(summary, null, 2)}\n`
  await parts.target.put(exportFileKey('export', 1, 'json'), Buffer.from(text), {
    contentType: 'application/json',
    signal,
  })
  return report
}

/** Writes rows as lines of JSON, in files of some megabytes. */
async function writeRows(
  target: ObjectStore,
  kind: string,
  pages: AsyncIterable<Readonly<Record<string, unknown>>[]>,
  signal: AbortSignal,
): Promise<{ count: number; files: number }> {
  let [count, files, text] = [0, 0, '']
  const write = async () => {
    files++
    const key = exportFileKey(kind, files, 'jsonl')
    await target.put(key, Buffer.from(text), { contentType: 'application/jsonl', signal })
    text = ''
  }
  for await (const rows of pages) {
    for (const row of rows) text += `${JSON.stringify(kind === 'images' ? withFile(row) : row)}\n`
    count += rows.length
    if (text.length >= fileBytes) await write()
  }
  if (text !== '' || files === 0) await write()
  return { count, files }
}

const withFile = (row: Readonly<Record<string, unknown>>) => ({
  ...row,
  file: exportOriginalKey(`${row.id}`, `${row.extension}`),
})

/** Reads the images of an export back, so that no transaction is open while their originals are copied. */
async function* readImages(
  target: ObjectStore,
  userId: string,
  files: number,
  signal: AbortSignal,
): AsyncGenerator<SavedOriginal> {
  for (let file = 1; file <= files; file++) {
    const key = exportFileKey('images', file, 'jsonl')
    const data = await target.read(key, { maxBytes: maxFileBytes, signal })
    for (const line of data?.toString('utf8').split('\n').filter(Boolean) ?? []) {
      const { id, original_version: version, extension, bytes, sha256 } = JSON.parse(line)
      yield { userId, imageId: id, version, extension, bytes, sha256 }
    }
  }
}

async function copyTo({ store, target }: ExportParts, original: SavedOriginal, signal: AbortSignal) {
  const key = exportOriginalKey(original.imageId, original.extension)
  if ((await target.size(key, signal)) === original.bytes) return 'present'
  return copyOriginal(store, target, original, signal, key)
}

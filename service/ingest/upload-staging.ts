import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { DarkroomError } from '../errors/catalogue.ts'

/** A received file in the staging directory. */
export interface StagedFile {
  readonly path: string
  readonly bytes: number
  /** In hex. */
  readonly sha256: string
  /** Removes the temporary file. */
  dispose(): Promise<void>
}

/** The age above which a staged file counts as left behind by a crash, in milliseconds. */
const abandonedMs = 3_600_000

/**
 * Creates the staging directory and removes the files that crashed processes have left there.
 * @param olderThanMs the age above which a file counts as left behind, in milliseconds
 */
export async function prepareStagingDirectory(directory: string, olderThanMs = abandonedMs): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    const file = await stat(path).catch(() => undefined)
    if (file && Date.now() - file.mtimeMs > olderThanMs) await rm(path, { force: true })
  }
}

/**
 * Writes a stream to a staged file, and counts and hashes its bytes.
 * @throws DarkroomError `too-large` as soon as the stream exceeds `maxBytes`, `unavailable` when the disk is full
 */
export async function stageFile(
  content: Readable,
  { directory, maxBytes, signal }: { directory: string; maxBytes: number; signal: AbortSignal },
): Promise<StagedFile> {
  const path = join(directory, randomUUID())
  const dispose = () => rm(path, { force: true })
  const hash = createHash('sha256')
  let bytes = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > maxBytes) return done(fileTooLarge(maxBytes))
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    await pipeline(content, meter, createWriteStream(path, { mode: 0o600 }), { signal })
  } catch (error) {
    await dispose()
    throw isFull(error)
      ? new DarkroomError('unavailable', 'the disk for uploads is full', { cause: error })
      : error
  }
  return { path, bytes, sha256: hash.digest('hex'), dispose }
}

const isFull = (error: unknown) =>
  error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT'].includes(String(error.code))

/** The error for a file over the limit. */
export function fileTooLarge(maxBytes: number): DarkroomError {
  return new DarkroomError(
    'too-large',
    `file: is too large, expected at most ${Math.floor(maxBytes / 1e6)} MB`,
  )
}

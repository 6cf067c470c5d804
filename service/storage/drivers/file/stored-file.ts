import { type FileHandle, open } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { DarkroomError } from '../../../errors/catalogue.ts'
import { clipByteRange } from '../../byte-range.ts'
import type { ByteRange, StoredObject } from '../../store.ts'
import { unlessFileMissing } from './errors.ts'

/** The most bytes per read. It is limited because a read in progress cannot be aborted. */
const maxReadBytes = 16 * 1024 * 1024

/** An open file. Files of the store are replaced, never changed, so size and bytes belong to the same object. */
export interface StoredFile {
  readonly file: FileHandle
  readonly bytes: number
}

/** Opens a file for reading; undefined when there is no file of this name. */
export async function openStoredFile(path: string): Promise<StoredFile | undefined> {
  const file = await unlessFileMissing(open(path, 'r'))
  if (!file) return undefined
  return closeOnError(file, async () => {
    const found = await file.stat()
    if (found.isFile()) return { file, bytes: found.size }
    await file.close()
    return undefined
  })
}

/** Reads a whole file. Unlike `readFile`, it needs no second `stat`, which would cost a thread switch. */
export async function readStoredFile({ file, bytes }: StoredFile, signal: AbortSignal): Promise<Buffer> {
  const data = Buffer.allocUnsafeSlow(bytes)
  let end = 0
  while (end < bytes) {
    signal.throwIfAborted()
    const { bytesRead } = await file.read(data, end, Math.min(bytes - end, maxReadBytes), end)
    if (bytesRead === 0) throw new DarkroomError('internal', 'the file is shorter than its recorded size')
    end += bytesRead
  }
  return data
}

/** The file, or a range of it, as a stream that closes the file. @throws DarkroomError `range-not-satisfiable` */
export function streamStoredFile(
  { file, bytes: totalBytes }: StoredFile,
  range?: ByteRange,
  signal?: AbortSignal,
): StoredObject {
  const part = range && clipByteRange(range, totalBytes)
  const stream = file.createReadStream({ ...part })
  // without a listener, an error before the first read would crash the process; a later reader still gets it
  stream.on('error', () => {})
  if (signal) addAbortSignal(signal, stream)
  return { stream, bytes: part ? part.end - part.start + 1 : totalBytes, totalBytes }
}

/** Closes the file when the work fails. */
export async function closeOnError<T>(file: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await file.close()
    throw error
  }
}

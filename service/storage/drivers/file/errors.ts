import { DarkroomError } from '../../../errors/catalogue.ts'

/** A folder is not an object, and a name too long for this file system was never written. */
const missing = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'])

/** A file that cannot be changed or is in use: operations on other files may succeed. */
const ofOneFile = new Set(['EPERM', 'EBUSY'])

/** Whether a file operation failed because no file has this name. */
export function isFileMissing(error: unknown): boolean {
  return missing.has(errnoOf(error))
}

/** The result of a file operation; undefined when no file has this name. */
export async function unlessFileMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (isFileMissing(error)) return undefined
    throw error
  }
}

/** The operating system's code of an error, such as `EEXIST`; empty for any other error. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Waits for a file operation. @throws DarkroomError `unavailable` for an error of the operating system */
export async function mapDiskErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw toDiskError(error)
  }
}

/** The public form of a failed file operation (disk full, no permission). Other errors are returned unchanged. */
export function toDiskError(cause: unknown): unknown {
  if (cause instanceof DarkroomError || !/^E[A-Z0-9]+$/.test(errnoOf(cause))) return cause
  const isFull = ['ENOSPC', 'EDQUOT'].includes(errnoOf(cause))
  const detail = isFull ? 'the object store is full' : 'the object store cannot be read or written'
  return new DarkroomError('unavailable', detail, { cause, isOutage: !ofOneFile.has(errnoOf(cause)) })
}

import { DarkroomError } from '../../../errors/catalogue.ts'

/** A folder is no object, and a name that is too long for this system was never written. */
const missing = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'])

/** Whether a file operation failed because there is nothing under that name. */
export function isFileMissing(error: unknown): boolean {
  return missing.has(errnoOf(error))
}

/** The operating system's code of an error, such as `EEXIST`; empty for any other error. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Waits for file operations; what the operating system refuses (disk full, no permission) is `unavailable`. */
export async function mapDiskErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw toDiskError(error)
  }
}

/** The public form of a failed file operation; errors that are public already stay as they are. */
export function toDiskError(cause: unknown): unknown {
  if (cause instanceof DarkroomError || !/^E[A-Z0-9]+$/.test(errnoOf(cause))) return cause
  const full = ['ENOSPC', 'EDQUOT'].includes(errnoOf(cause))
  return new DarkroomError('unavailable', full ? 'The storage is full' : 'The storage does not work', {
    cause,
  })
}

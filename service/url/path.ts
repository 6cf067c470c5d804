import { DarkroomError } from '../errors/catalogue.ts'
import { extensions } from './address.ts'
import { badUrl, quoted } from './bad-url.ts'

/** The longest path, in bytes. S3 limits object keys to 1,024 bytes, too. */
export const maxPathBytes = 1024
/** The most operations in one URL. */
export const maxSteps = 32

/** @throws DarkroomError `url-too-long` for more than `maxPathBytes` */
export function checkLength(path: string): string {
  if (path.length <= maxPathBytes) return path
  throw new DarkroomError('url-too-long', `path has ${path.length} bytes, expected at most ${maxPathBytes}`)
}

/** @throws DarkroomError `bad-url` for more than `maxSteps` operations */
export function checkStepCount(count: number): void {
  if (count > maxSteps) throw badUrl(`too many operations, expected at most ${maxSteps}`)
}

/** The canonical spelling of an extension. */
export function canonicalExtension(extension: string): string {
  return extension === 'jpeg' ? 'jpg' : extension
}

/** The error for an extension that no derivative can have. */
export function badExtension(extension: string): DarkroomError {
  return badUrl(`unknown extension "${quoted(extension)}", expected one of ${extensions.join(', ')}`)
}

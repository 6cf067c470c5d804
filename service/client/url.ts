import { checkSteps } from '#checks'
import { type Extension, extensions } from '../url/address.ts'
import { checkId } from '../url/id.ts'
import { badExtension, checkLength } from '../url/path.ts'
import { printOriginal } from '../url/print.ts'
import type { OperationStep } from './operations.generated.ts'
import { spellSteps } from './spelling.ts'

/** A derivative: the user's image, the operations in the order of their application, and the output's format. */
export interface Derivative {
  readonly userId: string
  readonly imageId: string
  /** No operations: the image in another format. */
  readonly operations?: readonly OperationStep[] | undefined
  /** Default `auto`: the best format that the browser's `Accept` header names. */
  readonly format?: Extension | undefined
}

/**
 * Builds the unsigned canonical path of a derivative. It needs no secret, so it can run in a browser.
 * @throws DarkroomError `bad-url` with the option's name and the expected value, or `url-too-long`. In production
 * builds for browsers, ranges are left to the types and to the service
 */
export function url({ userId, imageId, operations = [], format = 'auto' }: Derivative): string {
  checkSteps(operations)
  if (!extensions.includes(format)) throw badExtension(format)
  const start = `/processed/${checkId(userId, 'user')}/${checkId(imageId, 'image')}`
  return checkLength(`${start}${spellSteps(operations)}.${format}`)
}

/**
 * Builds the unsigned path of an original. Its extension is that of the image's format, such as `jpg`.
 * @throws DarkroomError `bad-url`
 */
export function originalUrl(userId: string, imageId: string, extension: string): string {
  return printOriginal({ userId, imageId, extension })
}

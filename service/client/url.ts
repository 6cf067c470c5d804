import type { Extension } from '../url/address.ts'
import { printDerivative, printOriginal } from '../url/print.ts'
import { normalizeStep } from '../url/step.ts'
import { type OperationStep, operationTable } from './operations.generated.ts'

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
 * @throws DarkroomError `bad-url` with the option's name and the expected value, or `url-too-long`
 */
export function url({ userId, imageId, operations = [], format = 'auto' }: Derivative): string {
  const steps = operations.map(step => normalizeStep(step, operationTable))
  return printDerivative({ userId, imageId, steps, format }, operationTable)
}

/**
 * Builds the unsigned path of an original. Its extension is that of the image's format, such as `jpg`.
 * @throws DarkroomError `bad-url`
 */
export function originalUrl(userId: string, imageId: string, extension: string): string {
  return printOriginal({ userId, imageId, extension })
}

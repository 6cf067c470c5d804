import type { Extension } from '../url/address.ts'
import { printDerivative, printOriginal } from '../url/print.ts'
import { normalizeStep } from '../url/step.ts'
import { type OperationStep, operationTable } from './operations.generated.ts'

/** A derivative: an image of a user, the operations in the order in which they apply, and the output's format. */
export interface Derivative {
  readonly userId: string
  readonly imageId: string
  /** None: the image in another format. */
  readonly operations?: readonly OperationStep[] | undefined
  /** Default `auto`: the best format that the browser's `Accept` names. */
  readonly format?: Extension | undefined
}

/**
 * The unsigned canonical path of a derivative. Free of secrets, so a browser may build it and have it signed elsewhere.
 * @throws DarkroomError `bad-url` naming the option and what was expected, or `url-too-long`
 */
export function url({ userId, imageId, operations = [], format = 'auto' }: Derivative): string {
  const steps = operations.map(step => normalizeStep(step, operationTable))
  return printDerivative({ userId, imageId, steps, format }, operationTable)
}

/**
 * The unsigned path of an untouched original; its extension is that of the image's format, such as `jpg`.
 * @throws DarkroomError `bad-url`
 */
export function originalUrl(userId: string, imageId: string, extension: string): string {
  return printOriginal({ userId, imageId, extension })
}

import { type DerivativeAddress, extensions, type OriginalAddress, type Step } from './address.ts'
import { checkId } from './id.ts'
import type { OperationTable } from './option.ts'
import { badExtension, canonicalExtension, checkLength, checkStepCount } from './path.ts'
import { normalizeStep, optionSpecsOf } from './step.ts'
import { printValue } from './values.ts'

/**
 * Prints the canonical file name of a derivative, the last part of its object key: options in schema order, defaults
 * dropped. Everything is validated: an address built from JSON is either rejected or printed as a name that
 * `parseDerivative` reads as an equivalent address.
 * @throws DarkroomError `bad-url`, or `url-too-long` when its path would be too long to be served
 */
export function printFileName(address: DerivativeAddress, table: OperationTable): string {
  return printDerivative(address, table).slice(`/processed/${address.userId}/`.length)
}

/**
 * Prints the canonical path of a derivative, without a query.
 * @throws DarkroomError `bad-url` or `url-too-long`
 */
export function printDerivative(address: DerivativeAddress, table: OperationTable): string {
  const userId = checkId(address.userId, 'user')
  const imageId = checkId(address.imageId, 'image')
  if (!extensions.includes(address.format)) throw badExtension(address.format)
  const operations = printSteps(address.steps, table)
  return checkLength(`/processed/${userId}/${imageId}${operations && `_${operations}`}.${address.format}`)
}

/**
 * Prints the path of an original, without a query.
 * @throws DarkroomError `bad-url`
 */
export function printOriginal({ userId, imageId, extension }: OriginalAddress): string {
  if (!/^[a-z0-9]{1,8}$/.test(extension)) throw badExtension(extension)
  return `/raw/${checkId(userId, 'user')}/${checkId(imageId, 'image')}-orig.${canonicalExtension(extension)}`
}

/**
 * Prints operations alone in canonical form, such as a preset's `resize_w-300_encode_q-auto`.
 * @throws DarkroomError `bad-url`
 */
export function printSteps(steps: readonly Step[], table: OperationTable): string {
  checkStepCount(steps.length)
  return steps.map(step => printStep(step, table)).join('_')
}

function printStep(step: Step, table: OperationTable): string {
  const { op, options } = normalizeStep({ ...step.options, op: step.op }, table)
  const printed = Object.entries(optionSpecsOf(op, table))
    .filter(([name]) => Object.hasOwn(options, name))
    .map(([name, spec]) => `${name}-${printValue(spec, options[name])}`)
  return printed.length > 0 ? `${op}_${printed.join(',')}` : op
}

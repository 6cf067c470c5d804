import type { Limits } from '../../api-types.ts'
import { bytesText, countText } from '../../format.ts'

/** A numeric limit in the form. */
export interface NumberLimit {
  readonly name:
    | 'storageBytes'
    | 'images'
    | 'derivativeBytes'
    | 'developmentsPerDay'
    | 'outputPixels'
    | 'requestsPerSecond'
  readonly label: string
  readonly hint: string
  /** The form's unit, as a multiple of the API's unit. */
  readonly unit: number
}

export const numberLimits: readonly NumberLimit[] = [
  {
    name: 'storageBytes',
    label: 'Storage, in MB',
    hint: 'originals, including deleted ones that can be restored',
    unit: 1e6,
  },
  { name: 'images', label: 'Images', hint: 'number of images', unit: 1 },
  {
    name: 'derivativeBytes',
    label: 'Derivatives, in MB',
    hint: 'above it, those that were not used for the longest time are removed',
    unit: 1e6,
  },
  {
    name: 'developmentsPerDay',
    label: 'Renderings per day',
    hint: 'from midnight to midnight UTC',
    unit: 1,
  },
  {
    name: 'outputPixels',
    label: 'Output size, in megapixels',
    hint: 'width times height of a result',
    unit: 1e6,
  },
  { name: 'requestsPerSecond', label: 'Requests per second', hint: 'of image URLs, per process', unit: 1 },
]

/** The values of the form. An empty value means no limit. */
export interface LimitsForm {
  readonly numbers: Readonly<Record<NumberLimit['name'], string>>
  /** Undefined when all are allowed. */
  readonly operations: readonly string[] | undefined
  readonly formats: readonly string[] | undefined
}

export function formOf(limits: Limits | null): LimitsForm {
  const numbers = Object.fromEntries(
    numberLimits.map(({ name, unit }) => [name, textOf(limits?.[name], unit)]),
  )
  return {
    numbers: { ...emptyNumbers, ...numbers },
    operations: limits?.operations,
    formats: limits?.formats,
  }
}

const emptyNumbers = {
  storageBytes: '',
  images: '',
  derivativeBytes: '',
  developmentsPerDay: '',
  outputPixels: '',
  requestsPerSecond: '',
}

const textOf = (value: number | undefined, unit: number) => (value === undefined ? '' : String(value / unit))

/** The validation error of a number; undefined when it is valid. */
export function numberError(text: string, { unit }: NumberLimit): string | undefined {
  if (text.trim() === '') return undefined
  const value = Number(text)
  if (Number.isFinite(value) && value >= 0 && (unit > 1 || Number.isInteger(value))) return undefined
  return unit > 1
    ? 'Enter a number, or leave empty for no limit'
    : 'Enter a whole number, or leave empty for no limit'
}

/** The inverse of `formOf`; null when there are no limits. */
export function limitsOf({ numbers, operations, formats }: LimitsForm): Limits | null {
  const set = numberLimits
    .filter(({ name }) => numbers[name].trim() !== '')
    .map(({ name, unit }) => [name, Math.round(Number(numbers[name]) * unit)])
  const limits: Limits = {
    ...Object.fromEntries(set),
    ...(operations && { operations }),
    ...(formats && { formats }),
  }
  return Object.keys(limits).length === 0 ? null : limits
}

/** Formats all limits on one line. */
export function limitsText(limits: Limits | null): string {
  if (limits === null) return 'none'
  const { storageBytes, images, derivativeBytes, developmentsPerDay, outputPixels } = limits
  const { requestsPerSecond, operations, formats } = limits
  const words = [
    storageBytes !== undefined && bytesText(storageBytes),
    images !== undefined && countText(images, 'image'),
    derivativeBytes !== undefined && `${bytesText(derivativeBytes)} of derivatives`,
    developmentsPerDay !== undefined && `${countText(developmentsPerDay, 'rendering')} a day`,
    outputPixels !== undefined && `${outputPixels / 1e6} megapixels`,
    requestsPerSecond !== undefined && `${countText(requestsPerSecond, 'request')} a second`,
    operations && countText(operations.length, 'operation'),
    formats && countText(formats.length, 'format'),
  ]
  return words.filter(Boolean).join(', ')
}

import type { Limits } from '../../api-types.ts'
import { bytesText, countText } from '../../format.ts'

/** A limit that is a number, as a form shows it. */
export interface NumberLimit {
  readonly name: 'storageBytes' | 'images' | 'developmentsPerDay' | 'outputPixels' | 'requestsPerSecond'
  readonly label: string
  readonly hint: string
  /** How many of what the service counts are one of what the form counts. */
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
    name: 'developmentsPerDay',
    label: 'Developments per day',
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

/** What a form holds; what is empty is not limited. */
export interface LimitsForm {
  readonly numbers: Readonly<Record<NumberLimit['name'], string>>
  /** Undefined where all may be used. */
  readonly operations: readonly string[] | undefined
  readonly formats: readonly string[] | undefined
}

export function formOf(limits: Limits | null): LimitsForm {
  const numbers = Object.fromEntries(
    numberLimits.map(({ name, unit }) => [name, textOf(limits?.[name], unit)]),
  )
  return {
    numbers: { ...nothing, ...numbers },
    operations: limits?.operations,
    formats: limits?.formats,
  }
}

const nothing = {
  storageBytes: '',
  images: '',
  developmentsPerDay: '',
  outputPixels: '',
  requestsPerSecond: '',
}

const textOf = (value: number | undefined, unit: number) => (value === undefined ? '' : String(value / unit))

/** What is wrong with a number, in words; undefined where nothing is. */
export function numberError(text: string, { unit }: NumberLimit): string | undefined {
  if (text.trim() === '') return undefined
  const value = Number(text)
  if (Number.isFinite(value) && value >= 0 && (unit > 1 || Number.isInteger(value))) return undefined
  return unit > 1 ? 'A number, or nothing for no limit' : 'A whole number, or nothing for no limit'
}

/** The inverse of `formOf`; null for no limits at all. */
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

/** All limits in a line. */
export function limitsText(limits: Limits | null): string {
  if (limits === null) return 'none'
  const { storageBytes, images, developmentsPerDay, outputPixels, requestsPerSecond, operations, formats } =
    limits
  const words = [
    storageBytes !== undefined && bytesText(storageBytes),
    images !== undefined && countText(images, 'image'),
    developmentsPerDay !== undefined && `${countText(developmentsPerDay, 'development')} a day`,
    outputPixels !== undefined && `${outputPixels / 1e6} megapixels`,
    requestsPerSecond !== undefined && `${countText(requestsPerSecond, 'request')} a second`,
    operations && countText(operations.length, 'operation'),
    formats && countText(formats.length, 'format'),
  ]
  return words.filter(Boolean).join(', ')
}

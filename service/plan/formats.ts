import type { Extension } from '../url/address.ts'

/** What the planner and the headers need to know of a format that can be written. */
interface OutputTraits {
  readonly contentType: string
  readonly alpha: boolean
  /** Whether it can hold an animation here. */
  readonly animated?: boolean
  /** The most pixels that its encoder has memory for. */
  readonly maxPixels?: number
  /** Estimated CPU milliseconds a megapixel at the encoder's default effort, measured on photographs. */
  readonly encodeMs: number
}

const traits = {
  jpg: { contentType: 'image/jpeg', alpha: false, encodeMs: 8 },
  png: { contentType: 'image/png', alpha: true, encodeMs: 90 },
  webp: { contentType: 'image/webp', alpha: true, animated: true, encodeMs: 75 },
  avif: { contentType: 'image/avif', alpha: true, encodeMs: 330 },
  gif: { contentType: 'image/gif', alpha: true, animated: true, encodeMs: 400 },
  tiff: { contentType: 'image/tiff', alpha: true, encodeMs: 30 },
  jxl: { contentType: 'image/jxl', alpha: true, encodeMs: 400, maxPixels: 16_000_000 },
} as const satisfies Partial<Record<Extension, OutputTraits>>

/** A format that the engine can write. */
export type OutputFormat = keyof typeof traits

export const outputFormats: Readonly<Record<OutputFormat, OutputTraits>> = traits

/** Whether an extension is a format that can be written. */
export const isOutputFormat = (format: string): format is OutputFormat => Object.hasOwn(traits, format)

/** Media types of what is not written as a picture: originals in other formats, and descriptions. */
const others: ReadonlyMap<string, string> = new Map([
  ['heic', 'image/heic'],
  ['pdf', 'application/pdf'],
  ['ico', 'image/vnd.microsoft.icon'],
  ['bmp', 'image/bmp'],
  ['svg', 'image/svg+xml'],
  ['json', 'application/json'],
])

/** The media type of an extension of the grammar or of an original. */
export function contentTypeOf(extension: string): string {
  if (isOutputFormat(extension)) return traits[extension].contentType
  return others.get(extension) ?? 'application/octet-stream'
}

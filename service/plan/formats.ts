import type { Extension } from '../url/address.ts'

/** The traits of an output format that planning and response headers need. */
interface OutputTraits {
  readonly contentType: string
  readonly alpha: boolean
  /** Whether the engine can encode animations in this format. */
  readonly animated?: boolean
  /** The most pixels that fit into its encoder's memory. */
  readonly maxPixels?: number
  /** Its encoder writes sRGB pixels only: no colour profile, and no metadata. */
  readonly pixelsOnly?: boolean
  /** Estimated CPU milliseconds per megapixel at the encoder's default effort, measured on photographs. */
  readonly encodeMs: number
}

const traits = {
  jpg: { contentType: 'image/jpeg', alpha: false, encodeMs: 8 },
  png: { contentType: 'image/png', alpha: true, encodeMs: 90 },
  webp: { contentType: 'image/webp', alpha: true, animated: true, encodeMs: 75 },
  avif: { contentType: 'image/avif', alpha: true, encodeMs: 330 },
  gif: { contentType: 'image/gif', alpha: true, animated: true, encodeMs: 400 },
  tiff: { contentType: 'image/tiff', alpha: true, encodeMs: 30 },
  jxl: { contentType: 'image/jxl', alpha: true, encodeMs: 400, maxPixels: 16_000_000, pixelsOnly: true },
} as const satisfies Partial<Record<Extension, OutputTraits>>

/** A format that the engine can encode. */
export type OutputFormat = keyof typeof traits

export const outputFormats: Readonly<Record<OutputFormat, OutputTraits>> = traits

/** Whether an extension is a format that the engine can encode. */
export const isOutputFormat = (format: string): format is OutputFormat => Object.hasOwn(traits, format)

/** Media types of what the engine does not encode: the other formats of originals, and the JSON of `info`. */
const otherContentTypes: ReadonlyMap<string, string> = new Map([
  ['heic', 'image/heic'],
  ['pdf', 'application/pdf'],
  ['ico', 'image/vnd.microsoft.icon'],
  ['bmp', 'image/bmp'],
  ['svg', 'image/svg+xml'],
  ['json', 'application/json'],
])

/** Whether an extension is one of the grammar or of an original. */
export const isKnownExtension = (extension: string): boolean =>
  isOutputFormat(extension) || otherContentTypes.has(extension)

/** The media type of an extension of the grammar or of an original. */
export function contentTypeOf(extension: string): string {
  if (isOutputFormat(extension)) return traits[extension].contentType
  return otherContentTypes.get(extension) ?? 'application/octet-stream'
}

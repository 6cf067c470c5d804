/**
 * The values that an option of an operation accepts, as plain data. The grammar, the API's validation, the client's
 * types, the docs and the dashboard's forms are derived from it, and `GET /api/v1/operations` returns it as JSON.
 */
export type OptionSpec = NumberSpec | ChoiceSpec | FlagSpec | ColorSpec | TextSpec | RatioSpec | ImageSpec

interface Described {
  /** The name in words, such as `Width`, for docs and forms. */
  label: string
  /** One line for docs and forms. */
  summary: string
  /** Whether forms show the option only on request, because few images need it. */
  advanced?: boolean
}

/** A decimal number: digits, at most one decimal point, an optional minus. No exponent, no plus sign. */
export interface NumberSpec extends Described {
  kind: 'number'
  min: number
  max: number
  /** Integers only. */
  integer?: boolean
  /** Integers count pixels; a number below 1 is a fraction of the image's side (so `integer` does not apply to it). */
  fraction?: boolean
  /** The number counts pixels of the image that the operation gets: it scales with this image's size. */
  pixels?: boolean
  /** Words that are accepted instead of a number, such as `auto` or `max`. */
  words?: readonly string[]
  default?: number | string
}

/** One word of a list. */
export interface ChoiceSpec extends Described {
  kind: 'choice'
  values: readonly string[]
  default?: string
  /** A different default, used when all the options `given` are present. */
  defaultIf?: { given: readonly string[]; value: string }
}

/** `0` or `1` in a URL, a boolean as a value. */
export interface FlagSpec extends Described {
  kind: 'flag'
  default?: boolean
}

/** `rgb`, `rrggbb`, `rrggbbaa` (hex, no `#`) or `transparent`; the value is the text in lower case. */
export interface ColorSpec extends Described {
  kind: 'color'
  default?: string
}

/**
 * Free text: a plain word `[a-z0-9]+`, or `~` and base64url of UTF-8 with `.` for `_`; the value is the decoded text.
 */
export interface TextSpec extends Described {
  kind: 'text'
  /** The longest text, in bytes of UTF-8. */
  maxBytes: number
  default?: string
}

/** An aspect ratio such as `16:9`; the value is the text, both numbers in shortest form. */
export interface RatioSpec extends Described {
  kind: 'ratio'
  default?: string
}

/** The id of an image of the same user. */
export interface ImageSpec extends Described {
  kind: 'image'
}

export type OptionValue = number | string | boolean

/** The options of one operation, in schema order: the order in which the canonical form prints them. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>

/** The names and options of the operations, as the grammar needs them. */
export type OperationTable = ReadonlyMap<string, { readonly options: OptionSpecs }>

import { DarkroomError } from '../errors/catalogue.ts'

/** Names and values that a user gives an image. */
export type CustomMetadata = Readonly<Record<string, string>>

/** A JSON merge patch (RFC 7396) of custom metadata: a value of null removes a name, null as a whole removes all. */
export type MetadataPatch = Readonly<Record<string, string | null>> | null

/** The most names of an image; the longest value, in characters; and the most bytes of all names and values in UTF-8. */
const maxNames = 32
const maxValue = 1_000
const maxBytes = 8_000
const namePattern = /^[a-z][a-z0-9_-]{0,63}$/

/**
 * Applies a merge patch.
 * @throws DarkroomError `bad-request` that names the field, for a bad name or value or too much in all
 */
export function mergeMetadata(current: CustomMetadata, patch: MetadataPatch): CustomMetadata {
  if (patch === null) return {}
  const merged = new Map(Object.entries(current))
  for (const [name, value] of Object.entries(patch)) {
    if (!namePattern.test(name)) throw badName(name)
    if (value === null) merged.delete(name)
    else merged.set(name, checkValue(name, value))
  }
  if (merged.size > maxNames)
    throw new DarkroomError('bad-request', `metadata: has too many names, expected at most ${maxNames}`)
  const bytes = [...merged].flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (bytes > maxBytes)
    throw new DarkroomError(
      'bad-request',
      `metadata: names and values have ${bytes} bytes in all, expected at most ${maxBytes}`,
    )
  return Object.fromEntries(merged)
}

function checkValue(name: string, value: string): string {
  if ([...value].length > maxValue)
    throw new DarkroomError(
      'bad-request',
      `metadata.${name}: is too long, expected at most ${maxValue} characters`,
    )
  if (!isPlainText(value))
    throw new DarkroomError('bad-request', `metadata.${name}: must not contain control characters`)
  return value
}

/**
 * Whether a text has no control character and no half of a surrogate pair, which JSON in the database cannot hold.
 */
export function isPlainText(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text)
}

function badName(name: string): DarkroomError {
  const shown = name.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')
  return new DarkroomError(
    'bad-request',
    `metadata: "${shown}" is not a name, expected a letter a-z, then at most 63 of a-z, 0-9, _ and -`,
  )
}

/** Custom metadata as JSON; null when there is none, so that such images stay out of the index. */
export function metadataText(metadata: CustomMetadata | undefined): string | null {
  return metadata === undefined || Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata)
}

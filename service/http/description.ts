import Type from 'typebox'
import { DarkroomError } from '../errors/catalogue.ts'
import { isPlainText, type MetadataPatch, mergeMetadata } from '../metadata/custom-metadata.ts'
import type { ImageDescription } from '../metadata/image.ts'
import { checked } from './openapi/checked.ts'
import { noControls } from './schemas/text.ts'

/** The longest alt text, in characters. */
const maxAlt = 1_000

const textOrNull = ['string', 'null']

/** What `mergeMetadata` checks, apart from the size in all. A record of TypeBox has its values in `patternProperties`. */
const metadataRules = (value: object) =>
  checked({
    maxProperties: 32,
    propertyNames: { pattern: '^[a-z][a-z0-9_-]{0,63}$' },
    patternProperties: {},
    additionalProperties: { ...value, maxLength: 1_000, pattern: noControls },
  })

const bounds = 'at most 32 names of a-z, 0-9, _ and -, values of at most 1,000 characters, 8 kB in all'

/** The fields of a JSON body that describes a new image. */
export const descriptionFields = {
  alt: Type.Optional(
    Type.Unsafe<string | null>({
      type: textOrNull,
      ...checked({ maxLength: maxAlt, pattern: noControls }),
      description: 'alt text; empty for a decorative image, null for none',
    }),
  ),
  metadata: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      ...metadataRules({ type: 'string' }),
      description: `custom metadata: ${bounds}`,
    }),
  ),
}

/** The fields of a JSON body that changes the description of an image. */
export const descriptionChangeFields = {
  alt: descriptionFields.alt,
  metadata: Type.Optional(
    Type.Unsafe<MetadataPatch>({
      type: ['object', 'null'],
      additionalProperties: { type: textOrNull },
      ...metadataRules({ type: textOrNull }),
      description: `custom metadata as a JSON merge patch: null removes a name; ${bounds}`,
    }),
  ),
}

/** The description in the fields of a form, where `metadata` is JSON. @throws DarkroomError `bad-request` */
export function parseFormDescription(
  alt: string | undefined,
  metadata: string | undefined,
): ImageDescription {
  return parseDescription({ alt, metadata: metadata === undefined ? undefined : parseMetadata(metadata) })
}

/** The description of a new image in a JSON body. @throws DarkroomError `bad-request` */
export function parseDescription({
  alt,
  metadata,
}: {
  readonly alt?: string | null | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}): ImageDescription {
  return { alt: parseAlt(alt ?? null), metadata: mergeMetadata({}, metadata ?? {}) }
}

/** Trims an alt text and checks it. @throws DarkroomError `bad-request` */
export function parseAlt(alt: string | null): string | null {
  const text = alt?.trim() ?? null
  if (text === null) return null
  if ([...text].length > maxAlt)
    throw new DarkroomError('bad-request', `alt: is too long, expected at most ${maxAlt} characters`)
  if (!isPlainText(text)) throw new DarkroomError('bad-request', 'alt: must not contain control characters')
  return text
}

/** A name and a value of custom metadata, as a filter of a list spells them: `name:value`. */
export function parseMetadataFilter(filter: string): [name: string, value: string] {
  const colon = filter.indexOf(':')
  return [filter.slice(0, colon), filter.slice(colon + 1)]
}

function parseMetadata(text: string): Record<string, string> {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAnObject()
  return Object.fromEntries(
    Object.entries(value).map(([name, value]) => {
      if (typeof value !== 'string') throw notAnObject()
      return [name, value]
    }),
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw notAnObject()
  }
}

const notAnObject = () =>
  new DarkroomError('bad-request', 'metadata: must be a JSON object whose values are strings')

import { asObject, isObject, type JsonObject } from './json.ts'

/** A keyword whose content the document shows as keywords of the schema itself. The validator ignores it. */
export const checkedKeyword = 'x-checked'

/**
 * Keywords of JSON Schema for what a handler checks after the validator, with a better error than the validator's: which
 * fields may be combined, and lengths that are counted after a conversion.
 */
export const checked = (keywords: Readonly<Record<string, unknown>>) => ({ [checkedKeyword]: keywords })

/** A schema as the document shows it: with what handlers check, and with fields that have a default as optional ones. */
export function documentedSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(documentedSchema)
  if (!isObject(schema)) return schema
  const { [checkedKeyword]: hidden, ...rest } = schema
  const entries = Object.entries({ ...rest, ...requiredOf(rest), ...asObject(hidden) })
  return Object.fromEntries(entries.map(([key, value]) => [key, documentedSchema(value)]))
}

function requiredOf({ properties, required }: JsonObject): JsonObject {
  if (!Array.isArray(required) || !isObject(properties)) return {}
  return { required: required.filter(name => !('default' in asObject(properties[String(name)]))) }
}

/** Exactly one of these fields is required. */
export const exactlyOne = (...names: string[]) =>
  checked({ oneOf: names.map(name => ({ required: [name] })) })

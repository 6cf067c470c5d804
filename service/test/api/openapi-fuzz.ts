import fc from 'fast-check'

/** The JSON Schema keywords that values are generated from. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly format?: string
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: boolean | JsonSchema
}

const anyJson = fc.jsonValue({ maxDepth: 2 })

/** Generates mostly valid values of a schema. `words` are strings that mean something to the service, such as ids. */
export function arbitraryOf(schema: JsonSchema, words: readonly string[]): fc.Arbitrary<unknown> {
  const valid = validOf(schema, words)
  return fc.oneof({ weight: 9, arbitrary: valid }, { weight: 1, arbitrary: anyJson })
}

function validOf(schema: JsonSchema, words: readonly string[]): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(one => arbitraryOf(one, words)))
  const types = [schema.type ?? []].flat()
  if (types.length === 0) return anyJson
  return fc.oneof(...types.map(type => ofType(type, schema, words)))
}

function ofType(type: string, schema: JsonSchema, words: readonly string[]): fc.Arbitrary<unknown> {
  const { minimum = -10, maximum = 10_000, items = {} } = schema
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.integer())
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true })
    case 'string':
      return textsOf(schema, words)
    case 'array':
      return fc.array(arbitraryOf(items, words), { minLength: schema.minItems ?? 0, maxLength: 3 })
    default:
      return objectsOf(schema, words)
  }
}

function textsOf({ pattern, format }: JsonSchema, words: readonly string[]): fc.Arbitrary<string> {
  const day = fc.constantFrom('2026-01-31', '2026-03-01', '0000-01-01', '9999-12-31', '2026-02-30')
  if (format === 'date') return day
  if (format === 'date-time') return day.map(text => `${text}T00:00:00Z`)
  const known = fc.constantFrom(...words)
  const free = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('', '\u0000', '%00', "'--"),
  )
  return pattern
    ? fc.oneof(known, free, fc.stringMatching(new RegExp(pattern)))
    : fc.oneof(known, known, free)
}

function objectsOf(schema: JsonSchema, words: readonly string[]): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], patternProperties, additionalProperties } = schema
  const fields = Object.entries(properties).map(([name, one]) => [name, arbitraryOf(one, words)])
  const free = Object.values(patternProperties ?? {})[0] ?? additionalProperties
  const named = fc.record<Record<string, unknown>>(Object.fromEntries(fields), {
    requiredKeys: [...required],
  })
  if (typeof free !== 'object') return named
  return fc.dictionary(fc.constantFrom(...words), arbitraryOf(free, words), { maxKeys: 3 })
}

import type { OptionRules } from '../../operations/rules.ts'
import { extensions } from '../../url/address.ts'
import type { NumberSpec, OptionSpec, OptionSpecs } from '../../url/option.ts'
import type { JsonObject } from './json.ts'

/** What the schemas need of an operation. */
export interface DescribedOperation {
  readonly name: string
  readonly summary: string
  readonly options: OptionSpecs
  readonly rules?: readonly OptionRules[]
}

/** References to the schemas below. */
export const operationRef = { $ref: '#/components/schemas/Operation' }
export const operationNameRef = { $ref: '#/components/schemas/OperationName' }
export const allowedOperationsRef = { $ref: '#/components/schemas/AllowedOperations' }

const info = { const: 'info' }
/** The fields of a body that requests an image. */
export const imageRequest = {
  operations: { items: { properties: { op: { not: info } } } },
  format: { enum: [...extensions.filter(extension => extension !== 'json'), 'jpeg'] },
}
/** The fields of a body that requests a description of the original. */
export const infoRequest = {
  operations: { items: { properties: { op: info } }, minItems: 1, maxItems: 1 },
  format: { const: 'json' },
}

/**
 * The schemas of operations in JSON bodies, by name: each operation with its options, and what a policy may say about
 * them. They are made from the same data as the grammar, which checks them with clearer errors than a validator.
 */
export function operationSchemas(
  operations: Iterable<DescribedOperation>,
): Readonly<Record<string, JsonObject>> {
  const all = [...operations]
  return {
    Operation: {
      description: 'an operation with its options',
      oneOf: all.map(({ name }) => ({ $ref: refOf(name) })),
      discriminator: {
        propertyName: 'op',
        mapping: Object.fromEntries(all.map(({ name }) => [name, refOf(name)])),
      },
    },
    ...Object.fromEntries(all.map(operation => [schemaName(operation.name), stepSchema(operation)])),
    OperationName: { enum: all.map(({ name }) => name) },
    AllowedOperations: {
      type: 'object',
      properties: Object.fromEntries(all.map(({ name, options }) => [name, allowedOptions(options)])),
      additionalProperties: false,
    },
  }
}

const schemaName = (operation: string) => `Operation${operation.charAt(0).toUpperCase()}${operation.slice(1)}`
const refOf = (operation: string) => `#/components/schemas/${schemaName(operation)}`

/** An operation with its options, such as `{"op": "resize", "w": 500}`. */
function stepSchema({ name, summary, options, rules = [] }: DescribedOperation): JsonObject {
  const properties = Object.entries(options).map(([option, spec]) => [
    option,
    { ...valueSchema(spec), description: spec.summary },
  ])
  return {
    description: summary,
    type: 'object',
    properties: { op: { const: name }, ...Object.fromEntries(properties) },
    required: ['op'],
    additionalProperties: false,
    ...(rules.length > 0 && { allOf: rules }),
  }
}

/** What a policy may say about the options of an operation. */
function allowedOptions(options: OptionSpecs): JsonObject {
  const rules = Object.entries(options).map(([option, spec]) => [option, allowedValues(spec)])
  return {
    anyOf: [
      { const: true, description: 'any options' },
      { type: 'object', properties: Object.fromEntries(rules), additionalProperties: false },
    ],
  }
}

function allowedValues(spec: OptionSpec): JsonObject {
  const values = { type: 'array', items: valueSchema(spec), maxItems: 100, description: 'allowed values' }
  const range = spec.kind === 'number' ? { min: { type: 'number' }, max: { type: 'number' } } : {}
  return {
    anyOf: [
      { const: true, description: 'any value' },
      values,
      {
        type: 'object',
        properties: { ...range, values },
        additionalProperties: false,
        minProperties: 1,
      },
    ],
  }
}

/** The values of an option in JSON. */
function valueSchema(spec: OptionSpec): JsonObject {
  switch (spec.kind) {
    case 'number':
      return numberSchema(spec)
    case 'choice':
      return { enum: spec.values }
    case 'flag':
      return { type: 'boolean' }
    case 'color':
      return { type: 'string', pattern: '^([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}|transparent)$' }
    case 'text':
      // the limit counts bytes, which a schema cannot
      return {
        type: 'string',
        format: 'operation-text',
        minLength: 1,
        maxLength: spec.maxBytes,
        pattern: '^[^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f]*$',
      }
    case 'ratio':
      return { type: 'string', pattern: `^${ratioSide}:${ratioSide}$` }
    case 'image':
      return { type: 'string', pattern: '^[a-z0-9]{6,32}$' }
  }
}

/** A number from 1 to 10,000 with at most two decimals. */
const ratioSide = '0*([1-9]\\d{0,3}(\\.\\d{1,2})?|10000(\\.0{1,2})?)'

function numberSchema({ min, max, integer, fraction, words = [] }: NumberSpec): JsonObject {
  const wholeMin = Math.ceil(min)
  const forms: JsonObject[] = []
  if (integer || fraction) forms.push({ type: 'integer', minimum: wholeMin, maximum: max })
  else forms.push({ type: 'number', minimum: min, maximum: max })
  if (fraction) {
    const low = min > -1 ? { minimum: min } : { exclusiveMinimum: -1 }
    forms.push({ type: 'number', ...low, exclusiveMaximum: Math.min(max, 1) })
  }
  if (words.length > 0) forms.push({ enum: words })
  const [only = {}] = forms
  return forms.length === 1 ? only : { anyOf: forms }
}

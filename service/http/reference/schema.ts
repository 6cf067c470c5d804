import { asArray, asObject, asString, type JsonObject } from '../openapi/json.ts'
import { html, type Markup, renderProse } from './markup.ts'

/** The most levels of a schema that are shown. Deeper ones do not exist in this API. */
const maxDepth = 6

/** Describes a type in words, such as `integer, 1 to 200, default 50`. */
export function describeType(schema: JsonObject): string {
  const { enum: values, const: constant, format, pattern, anyOf, items, allOf } = schema
  // the page lists neither operations nor their options, which have a page of their own
  if (schema.$ref !== undefined) return asString(schema.$ref).split('/').at(-1) ?? ''
  if (allOf !== undefined) return describeType(asObject(asArray(allOf)[0]))
  if (values !== undefined) return asArray(values).map(print).join(' | ')
  if (constant !== undefined) return print(constant)
  if (anyOf !== undefined) return unique(asArray(anyOf).map(one => describeType(asObject(one)))).join(' or ')
  const types = [schema.type ?? 'any'].flat().map(String)
  const name = types
    .map(type => (type === 'array' ? `array of ${describeType(asObject(items))}` : type))
    .join(' or ')
  const notes = [format, pattern && `matches ${pattern}`, rangeOf(schema), defaultOf(schema)]
  return [name, ...notes.map(asString).filter(note => note !== '')].join(', ')
}

const print = (value: unknown) => JSON.stringify(value) ?? ''
const unique = (texts: readonly string[]) => [...new Set(texts)]

function rangeOf({ minimum, maximum, minLength, maxLength, minItems, maxItems }: JsonObject): string {
  const range = (min: unknown, max: unknown, unit: string) => {
    if (min === undefined && max === undefined) return ''
    if (max === undefined) return `at least ${print(min)}${unit}`
    return min === undefined ? `at most ${print(max)}${unit}` : `${print(min)} to ${print(max)}${unit}`
  }
  const all = [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
  ]
  return all.filter(text => text !== '').join(', ')
}

const defaultOf = (schema: JsonObject) => ('default' in schema ? `default ${print(schema.default)}` : '')

/** Request bodies mark required properties, responses mark optional ones. */
export type Direction = 'request' | 'response'

/** The properties of an object, or of the items of an array or the members of a union, as a nested list. */
export function renderProperties(schema: JsonObject, direction: Direction, depth = 0): Markup | '' {
  if (depth > maxDepth) return ''
  const forms = asArray(schema.anyOf).map(one => renderProperties(asObject(one), direction, depth))
  const required = asArray(schema.required)
  const own = Object.entries(asObject(schema.properties)).map(([name, one]) =>
    property(
      name,
      asObject(one),
      noteOf(direction, required.includes(name), asObject(one)),
      direction,
      depth,
    ),
  )
  const inner = [
    own.length > 0 ? html`<ul class="properties">${own}</ul>` : '',
    ...forms,
    schema.items === undefined ? '' : renderProperties(asObject(schema.items), direction, depth),
    ...Object.values(asObject(schema.patternProperties)).map(one => named(asObject(one), direction, depth)),
  ]
  return inner.some(part => part !== '') ? html`${inner}` : ''
}

function noteOf(direction: Direction, isRequired: boolean, schema: JsonObject): Markup | '' {
  if (direction === 'request')
    return isRequired && !('default' in schema) ? html` <strong>required</strong>` : ''
  return isRequired ? '' : html` <em>optional</em>`
}

function property(
  name: string,
  schema: JsonObject,
  note: Markup | '',
  direction: Direction,
  depth: number,
): Markup {
  return html`<li><code>${name}</code> <span class="type">${describeType(schema)}</span>${note} ${renderProse(asString(schema.description))}${renderProperties(schema, direction, depth + 1)}</li>`
}

/** The values of an object with arbitrary property names. */
const named = (schema: JsonObject, direction: Direction, depth: number) =>
  html`<ul class="properties">${property('<name>', schema, '', direction, depth)}</ul>`

/** An example value for a schema, with its required properties. */
export function exampleOf(schema: JsonObject): unknown {
  if ('default' in schema) return schema.default
  if ('const' in schema) return schema.const
  if (schema.enum !== undefined) return asArray(schema.enum)[0]
  if (schema.anyOf !== undefined) return exampleOf(asObject(asArray(schema.anyOf)[0]))
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1
  if (schema.type === 'boolean') return true
  if (schema.type === 'array') return [exampleOf(asObject(schema.items))]
  if (schema.type === 'string') return '…'
  const fields = Object.entries(asObject(schema.properties))
  const required = asArray(schema.required)
  const shown = fields.filter(([name]) => required.includes(name))
  // without required properties, show the first one
  return Object.fromEntries(
    (shown.length > 0 ? shown : fields.slice(0, 1)).map(([name, one]) => [name, exampleOf(asObject(one))]),
  )
}

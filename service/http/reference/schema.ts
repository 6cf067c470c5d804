import { asArray, asObject, asString, type JsonObject } from '../openapi/json.ts'
import { html, type Markup, renderProse } from './markup.ts'

/** How deep a schema is shown; none of ours is deeper. */
const deepest = 6

/** A type in words, such as `integer, 1 to 200, default 50`. */
export function describeType(schema: JsonObject): string {
  const { enum: values, const: only, format, pattern, anyOf, items } = schema
  if (values !== undefined) return asArray(values).map(print).join(' | ')
  if (only !== undefined) return print(only)
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
  const range = (least: unknown, most: unknown, what: string) => {
    if (least === undefined && most === undefined) return ''
    if (most === undefined) return `at least ${print(least)}${what}`
    return least === undefined ? `at most ${print(most)}${what}` : `${print(least)} to ${print(most)}${what}`
  }
  const all = [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' of them'),
  ]
  return all.filter(text => text !== '').join(', ')
}

const defaultOf = (schema: JsonObject) => ('default' in schema ? `default ${print(schema.default)}` : '')

/** Of a body it is told what must be there, of an answer what may be missing. */
export type Direction = 'asked' | 'answered'

/** The properties of an object, or of what an array or a choice holds, each with its own. */
export function renderProperties(schema: JsonObject, side: Direction, depth = 0): Markup | '' {
  if (depth > deepest) return ''
  const forms = asArray(schema.anyOf).map(one => renderProperties(asObject(one), side, depth))
  const needed = asArray(schema.required)
  const own = Object.entries(asObject(schema.properties)).map(([name, one]) =>
    property(name, asObject(one), noteOf(side, needed.includes(name), asObject(one)), side, depth),
  )
  const inner = [
    own.length > 0 ? html`<ul class="properties">${own}</ul>` : '',
    ...forms,
    schema.items === undefined ? '' : renderProperties(asObject(schema.items), side, depth),
    ...Object.values(asObject(schema.patternProperties)).map(one => named(asObject(one), side, depth)),
  ]
  return inner.some(part => part !== '') ? html`${inner}` : ''
}

function noteOf(side: Direction, needed: boolean, schema: JsonObject): Markup | '' {
  if (side === 'asked') return needed && !('default' in schema) ? html` <strong>required</strong>` : ''
  return needed ? '' : html` <em>may be absent</em>`
}

function property(
  name: string,
  schema: JsonObject,
  note: Markup | '',
  side: Direction,
  depth: number,
): Markup {
  return html`<li><code>${name}</code> <span class="type">${describeType(schema)}</span>${note} ${renderProse(asString(schema.description))}${renderProperties(schema, side, depth + 1)}</li>`
}

/** What an object holds by names that are free. */
const named = (schema: JsonObject, side: Direction, depth: number) =>
  html`<ul class="properties">${property('<name>', schema, '', side, depth)}</ul>`

/** A value that a schema allows, with what is required. */
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
  const needed = asArray(schema.required)
  const shown = fields.filter(([name]) => needed.includes(name))
  // where nothing is required, what could be said first
  return Object.fromEntries(
    (shown.length > 0 ? shown : fields.slice(0, 1)).map(([name, one]) => [name, exampleOf(asObject(one))]),
  )
}

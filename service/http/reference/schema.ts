import { type Fields, fieldsOf, listOf, textOf } from '../openapi/fields.ts'
import { html, type Markup, prose } from './markup.ts'

/** How deep a schema is shown; none of ours is deeper. */
const deepest = 6

/** A type in words, such as `integer, 1 to 200, default 50`. */
export function typeOf(schema: Fields): string {
  const { enum: values, const: only, format, pattern, anyOf, items } = schema
  if (values !== undefined) return listOf(values).map(print).join(' | ')
  if (only !== undefined) return print(only)
  if (anyOf !== undefined) return unique(listOf(anyOf).map(one => typeOf(fieldsOf(one)))).join(' or ')
  const types = [schema.type ?? 'any'].flat().map(String)
  const name = types
    .map(type => (type === 'array' ? `array of ${typeOf(fieldsOf(items))}` : type))
    .join(' or ')
  const notes = [format, pattern && `matches ${pattern}`, rangeOf(schema), defaultOf(schema)]
  return [name, ...notes.map(textOf).filter(note => note !== '')].join(', ')
}

const print = (value: unknown) => JSON.stringify(value) ?? ''
const unique = (texts: readonly string[]) => [...new Set(texts)]

function rangeOf({ minimum, maximum, minLength, maxLength, minItems, maxItems }: Fields): string {
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

const defaultOf = (schema: Fields) => ('default' in schema ? `default ${print(schema.default)}` : '')

/** Of a body it is told what must be there, of an answer what may be missing. */
export type Side = 'asked' | 'answered'

/** The properties of an object, or of what an array or a choice holds, each with its own. */
export function properties(schema: Fields, side: Side, depth = 0): Markup | '' {
  if (depth > deepest) return ''
  const forms = listOf(schema.anyOf).map(one => properties(fieldsOf(one), side, depth))
  const needed = listOf(schema.required)
  const own = Object.entries(fieldsOf(schema.properties)).map(([name, one]) =>
    property(name, fieldsOf(one), noteOf(side, needed.includes(name), fieldsOf(one)), side, depth),
  )
  const inner = [
    own.length > 0 ? html`<ul class="properties">${own}</ul>` : '',
    ...forms,
    schema.items === undefined ? '' : properties(fieldsOf(schema.items), side, depth),
    ...Object.values(fieldsOf(schema.patternProperties)).map(one => named(fieldsOf(one), side, depth)),
  ]
  return inner.some(part => part !== '') ? html`${inner}` : ''
}

function noteOf(side: Side, needed: boolean, schema: Fields): Markup | '' {
  if (side === 'asked') return needed && !('default' in schema) ? html` <strong>required</strong>` : ''
  return needed ? '' : html` <em>may be absent</em>`
}

function property(name: string, schema: Fields, note: Markup | '', side: Side, depth: number): Markup {
  return html`<li><code>${name}</code> <span class="type">${typeOf(schema)}</span>${note} ${prose(textOf(schema.description))}${properties(schema, side, depth + 1)}</li>`
}

/** What an object holds by names that are free. */
const named = (schema: Fields, side: Side, depth: number) =>
  html`<ul class="properties">${property('<name>', schema, '', side, depth)}</ul>`

/** A value that a schema allows, with what is required. */
export function exampleOf(schema: Fields): unknown {
  if ('default' in schema) return schema.default
  if ('const' in schema) return schema.const
  if (schema.enum !== undefined) return listOf(schema.enum)[0]
  if (schema.anyOf !== undefined) return exampleOf(fieldsOf(listOf(schema.anyOf)[0]))
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1
  if (schema.type === 'boolean') return true
  if (schema.type === 'array') return [exampleOf(fieldsOf(schema.items))]
  if (schema.type === 'string') return '…'
  const fields = Object.entries(fieldsOf(schema.properties))
  const needed = listOf(schema.required)
  const shown = fields.filter(([name]) => needed.includes(name))
  // where nothing is required, what could be said first
  return Object.fromEntries(
    (shown.length > 0 ? shown : fields.slice(0, 1)).map(([name, one]) => [name, exampleOf(fieldsOf(one))]),
  )
}

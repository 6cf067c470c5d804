import type { FastifyError } from 'fastify'
import { asArray } from './openapi/json.ts'
import { noControls, noNul } from './schemas/text.ts'

/** One error of the validator. */
type ValidationError = NonNullable<FastifyError['validation']>[number]

/** Keywords that compare a whole value: their error says that another alternative may have been meant. */
const wholeValue = ['type', 'const', 'enum']

/**
 * The first validation error, as `<field>: <what is wrong>`. Of alternatives, it is the error of the one that the value
 * comes closest to.
 */
export function describeValidation(errors: readonly ValidationError[], context = 'body'): string {
  const last = errors.at(-1)
  if (last === undefined) return 'the request is invalid'
  if (last.keyword !== 'anyOf' || errors.length === 1) return describeError(errors[0] ?? last, context)
  const alternatives = errors.slice(0, -1)
  const closest = alternatives.filter(
    ({ instancePath, keyword }) =>
      instancePath.length > last.instancePath.length || !wholeValue.includes(keyword),
  )
  const found = closest.find(({ keyword }) => keyword !== 'const' && keyword !== 'enum') ?? closest[0]
  if (found) return describeError(found, context)
  const expected = [...new Set(alternatives.map(expectedValue))]
  return `${fieldOf(last, context)}: must be ${expected.join(' or ')}`
}

/** What an alternative expects of a whole value. */
function expectedValue({ keyword, params }: ValidationError): string {
  if (keyword === 'type') return asArray([params.type].flat()).join(' or ')
  const values = keyword === 'const' ? [params.allowedValue] : asArray(params.allowedValues)
  return values.map(value => JSON.stringify(value)).join(' or ')
}

function describeError(error: ValidationError, context: string): string {
  const { keyword, params, message } = error
  const field = fieldOf(error, context)
  if (keyword === 'required') return `${child(error, params.missingProperty)}: is required`
  if (keyword === 'additionalProperties')
    return `${child(error, params.additionalProperty)}: is an unknown field`
  if (keyword === 'type') return `${field}: must be ${expectedValue(error)}`
  if (keyword === 'const') return `${field}: must be ${expectedValue(error)}`
  if (keyword === 'enum') return `${field}: ${message}: ${asArray(params.allowedValues).join(', ')}`
  if (keyword === 'maxLength') return `${field}: is too long, expected at most ${params.limit} characters`
  if (keyword === 'maxItems') return `${field}: are too many, expected at most ${params.limit}`
  if (keyword === 'pattern' && params.pattern === noControls)
    return `${field}: must not contain control characters`
  if (keyword === 'pattern' && params.pattern === noNul) return `${field}: must not contain a NUL character`
  return `${field}: ${message}`
}

const pathOf = ({ instancePath }: ValidationError) => instancePath.slice(1).replaceAll('/', '.')
const fieldOf = (error: ValidationError, context: string) => pathOf(error) || context

function child(error: ValidationError, name: unknown): string {
  const parent = pathOf(error)
  return parent === '' ? String(name) : `${parent}.${name}`
}

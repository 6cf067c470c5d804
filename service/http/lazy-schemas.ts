import { AjvCompiler } from '@fastify/ajv-compiler'
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import type { FastifyInstance, FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'
import { checkedKeyword } from './openapi/checked.ts'
import { textFormats } from './schemas/text.ts'

type Validator = ReturnType<FastifySchemaCompiler<unknown>>
type Serializer = ReturnType<FastifySerializerCompiler<unknown>>

/** What was compiled, by schema. The servers of one process share it, because the schemas are constants. */
const validators = new WeakMap<object, Validator>()
const textValidators = new WeakMap<object, Validator>()
const serializers = new WeakMap<object, Serializer>()

const validation = {
  removeAdditional: false,
  strictTypes: false,
  keywords: [checkedKeyword],
  formats: Object.fromEntries(textFormats.map(name => [name, true as const])),
}
/** For JSON, whose values have the types that the client meant: `null` must not become 0 or `false`. */
const compileValidator = AjvCompiler()({}, { customOptions: { ...validation, coerceTypes: false } })
/** For query strings and path parameters, which are text: `limit=5` is a number. */
const compileCoercing = AjvCompiler()({}, { customOptions: { ...validation, coerceTypes: true } })
/** The only texts that are read as numbers. */
const decimal = /^-?\d{1,15}(\.\d{1,15})?$/
const compileSerializer = SerializerSelector()({}, {})

/**
 * Gives the server Fastify's own compilers, except that a schema is compiled at its first use, and that only text is
 * coerced to other types. Compiling the schemas of all routes would take most of a start, and most processes use few of
 * them.
 */
export function compileSchemasLazily(server: FastifyInstance): void {
  server.setValidatorCompiler<object>(route => {
    const [compiled, compile] =
      route.httpPart === 'body' ? [validators, compileValidator] : [textValidators, compileTextValidator]
    return lazyValidator(() => findOrCompile(compiled, route.schema, () => compile(route) as Validator))
  })
  server.setSerializerCompiler<object>(route =>
    lazySerializer(() =>
      findOrCompile(serializers, route.schema, () => compileSerializer({ httpStatus: '', ...route })),
    ),
  )
}

function findOrCompile<T>(compiled: WeakMap<object, T>, schema: object, compile: () => T): T {
  const found = compiled.get(schema) ?? compile()
  compiled.set(schema, found)
  return found
}

/**
 * A validator that reads texts as other types. Ajv reads everything that JavaScript converts to a number, and skips
 * `minimum` and `maximum` for the infinity that it makes of `1e999`, with which a loop of a handler may never end.
 */
function compileTextValidator(route: Parameters<typeof compileCoercing>[0]): Validator {
  const coerce = compileCoercing(route) as Validator
  const validate: Validator = (data: Record<string, unknown>) => {
    const texts = Object.entries(data)
    const isValid = coerce(data)
    validate.errors = coerce.errors ?? null
    const wrong = texts.find(([name, text]) => typeof data[name] === 'number' && !decimal.test(String(text)))
    if (isValid !== true || wrong === undefined) return isValid
    const [name] = wrong
    const problem = { keyword: 'type', params: { type: 'number' }, message: 'must be number' }
    validate.errors = [{ ...problem, instancePath: `/${name}`, schemaPath: '' }]
    return false
  }
  return validate
}

function lazyValidator(compile: () => Validator): Validator {
  let compiled: Validator | undefined
  const validate: Validator = data => {
    compiled ??= compile()
    const result = compiled(data)
    validate.errors = compiled.errors ?? null
    return result
  }
  return validate
}

function lazySerializer(compile: () => Serializer): Serializer {
  let compiled: Serializer | undefined
  return data => {
    compiled ??= compile()
    return compiled(data)
  }
}

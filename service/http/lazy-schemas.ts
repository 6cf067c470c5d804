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
const compileTextValidator = AjvCompiler()({}, { customOptions: { ...validation, coerceTypes: true } })
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

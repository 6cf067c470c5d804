import { AjvCompiler } from '@fastify/ajv-compiler'
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import type { FastifyInstance, FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'

type Validator = ReturnType<FastifySchemaCompiler<unknown>>
type Serializer = ReturnType<FastifySerializerCompiler<unknown>>

/**
 * Gives the server Fastify's own compilers, except that a schema is compiled at its first use. Compiling the schemas of
 * all routes would take most of a start, and most processes use few of them.
 */
export function compileSchemasLazily(server: FastifyInstance): void {
  const compile = AjvCompiler()({}, { customOptions: { removeAdditional: false, coerceTypes: true } })
  server.setValidatorCompiler(route => lazyValidator(() => compile(route) as Validator))
  const compileSerializer = SerializerSelector()({}, {})
  server.setSerializerCompiler(route => lazySerializer(() => compileSerializer({ httpStatus: '', ...route })))
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

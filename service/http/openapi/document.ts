import { noNul } from '../schemas/text.ts'
import { documentedSchema } from './checked.ts'
import { asObject, isObject, type JsonObject } from './json.ts'
import { type DescribedOperation, operationSchemas } from './operation-schemas.ts'
import { problemComponents, problemResponses, problemSchema, problemStatusesOf } from './problems.ts'
import type { DocumentedRoute } from './route.ts'

/**
 * The OpenAPI 3.1 document of these routes. It shows the very schemas that validate requests and serialize responses.
 */
export function createOpenApiDocument(
  routes: readonly DocumentedRoute[],
  operations: Iterable<DescribedOperation>,
  publicUrl: string,
): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {}
  for (const route of routes) {
    const path = openApiPathOf(route)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Darkroom',
      version: '1',
      description:
        'A self-hosted, multi-tenant image CDN origin. Lists are paginated: pass `nextCursor` as `cursor` to get the next page. A method that a path does not have is answered with 405 and `Allow`.',
    },
    servers: [{ url: publicUrl }],
    paths: asObject(
      documentedSchema(
        Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1))),
      ),
    ),
    components: {
      schemas: { Problem: problemSchema, ...operationSchemas(operations) },
      responses: problemComponents(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'an access token, or an API key `drk_…` with the required scope',
        },
      },
    },
  }
}

/** The route's path as an OpenAPI path template. */
export function openApiPathOf({ url, docs }: Pick<DocumentedRoute, 'url' | 'docs'>): string {
  return docs?.path ?? url.replace(/:(\w+)/g, '{$1}')
}

function operationOf(route: DocumentedRoute): JsonObject {
  const { method, access, schema, docs } = route
  const path = openApiPathOf(route)
  const parameters = [...pathParameters(path, schema.params), ...queryParameters(schema.querystring)]
  return {
    operationId: operationIdOf(method, path),
    ...(schema.summary === undefined ? {} : { summary: schema.summary }),
    tags: [path.replace(/^\/api\/v1/, '').split('/')[1] ?? ''],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(isObject(schema.body) ? { requestBody: bodyOf(schema.body) } : {}),
    responses: { ...(docs?.successes ?? successes(route)), ...problemResponses(problemStatusesOf(route)) },
    security: access === undefined || access === 'anyone' ? [] : [{ bearer: scopesOf(access) }],
    ...docs?.operation,
  }
}

const scopesOf = (access: string) => (access === 'signed-in' ? [] : [access])

/** A unique name such as `getImagesIdDerivatives`. */
function operationIdOf(method: string, path: string): string {
  const words = path.replace(/^\/api\/v1/, '').match(/[a-z0-9]+/gi) ?? []
  return [method.toLowerCase(), ...words.map(word => word.charAt(0).toUpperCase() + word.slice(1))].join('')
}

/** The longest path parameter, in characters: the router answers 414 to a longer one. */
const maxParamLength = 100

function pathParameters(path: string, params: unknown): JsonObject[] {
  const schemas = asObject(asObject(params).properties)
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', maxLength: maxParamLength, pattern: noNul, ...asObject(schemas[name]) },
  }))
}

/** A parameter with a default is optional, although its schema lists it as required. */
function queryParameters(querystring: unknown): JsonObject[] {
  const { properties, required } = asObject(querystring)
  const requiredNames = Array.isArray(required) ? required : []
  return Object.entries(asObject(properties)).map(([name, schema]) => {
    const { description, ...rest } = asObject(schema)
    return {
      name,
      in: 'query',
      required: requiredNames.includes(name) && !('default' in rest),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }
  })
}

/** A body whose schema allows null is optional. */
function bodyOf(schema: JsonObject): JsonObject {
  const forms = Array.isArray(schema.anyOf) ? schema.anyOf : [schema]
  const required = !forms.some(form => asObject(form).type === 'null')
  return { required, content: { 'application/json': { schema } } }
}

/** The success responses. A route without response schemas answers 200 to `GET` and 204 to other methods. */
function successes({ method, schema }: DocumentedRoute): Record<string, JsonObject> {
  const named = Object.entries(asObject(schema.response))
  if (named.length === 0 && method !== 'GET') return { 204: { description: 'Done, without content.' } }
  if (named.length === 0) return { 200: withContent('JSON', {}) }
  return Object.fromEntries(
    named.map(([status, one]) => {
      const { description = 'JSON', type } = asObject(one)
      return [status, type === 'null' ? { description } : withContent(String(description), asObject(one))]
    }),
  )
}

const withContent = (description: string, schema: JsonObject): JsonObject => ({
  description,
  content: { 'application/json': { schema } },
})

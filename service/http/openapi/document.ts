import { asObject, isObject, type JsonObject } from './json.ts'
import { problemComponents, problemResponses, problemSchema, problemStatusesOf } from './problems.ts'
import type { DocumentedRoute } from './route.ts'

/** The OpenAPI 3.1 document of these routes. Its schemas are theirs: what checks requests and writes answers. */
export function createOpenApiDocument(routes: readonly DocumentedRoute[], publicUrl: string): JsonObject {
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
      description: 'A self-hosted, multi-tenant image CDN origin. Lists are pages: ask on with `nextCursor`.',
    },
    servers: [{ url: publicUrl }],
    paths: Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1))),
    components: {
      schemas: { Problem: problemSchema },
      responses: problemComponents(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'an access token, or an API key `drk_…` that has the scope named here',
        },
      },
    },
  }
}

/** The path as a template of OpenAPI. */
export function openApiPathOf({ url, notes }: Pick<DocumentedRoute, 'url' | 'notes'>): string {
  return notes?.path ?? url.replace(/:(\w+)/g, '{$1}')
}

function operationOf(route: DocumentedRoute): JsonObject {
  const { method, access, schema, notes } = route
  const path = openApiPathOf(route)
  const parameters = [...pathParameters(path, schema.params), ...queryParameters(schema.querystring)]
  return {
    operationId: idOf(method, path),
    tags: [path.replace(/^\/api\/v1/, '').split('/')[1] ?? ''],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(isObject(schema.body) ? { requestBody: bodyOf(schema.body) } : {}),
    responses: { ...(notes?.successes ?? successes(route)), ...problemResponses(problemStatusesOf(route)) },
    security: access === undefined || access === 'anyone' ? [] : [{ bearer: scopesOf(access) }],
    ...notes?.operation,
  }
}

const scopesOf = (access: string) => (access === 'signed-in' ? [] : [access])

/** Such as `getImagesIdDerivatives`. */
function idOf(method: string, path: string): string {
  const words = path.replace(/^\/api\/v1/, '').match(/[a-z0-9]+/gi) ?? []
  return [method.toLowerCase(), ...words.map(word => word.charAt(0).toUpperCase() + word.slice(1))].join('')
}

function pathParameters(path: string, params: unknown): JsonObject[] {
  const schemas = asObject(asObject(params).properties)
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: schemas[name] ?? { type: 'string' },
  }))
}

/** What has a default need not be there, whatever the schema says of the whole. */
function queryParameters(querystring: unknown): JsonObject[] {
  const { properties, required } = asObject(querystring)
  const needed = Array.isArray(required) ? required : []
  return Object.entries(asObject(properties)).map(([name, schema]) => {
    const { description, ...rest } = asObject(schema)
    const about = description === undefined ? {} : { description }
    return {
      name,
      in: 'query',
      required: needed.includes(name) && !('default' in rest),
      ...about,
      schema: rest,
    }
  })
}

/** A body that may be null may be missing. */
function bodyOf(schema: JsonObject): JsonObject {
  const forms = Array.isArray(schema.anyOf) ? schema.anyOf : [schema]
  const required = !forms.some(form => asObject(form).type === 'null')
  return { required, content: { 'application/json': { schema } } }
}

/** The answers of a route that names none: something of a `GET`, and otherwise nothing. */
function successes({ method, schema }: DocumentedRoute): Record<string, JsonObject> {
  const named = Object.entries(asObject(schema.response))
  if (named.length === 0 && method !== 'GET') return { 204: { description: 'It is done.' } }
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

import fc from 'fast-check'
import Value from 'typebox/value'
import { openApiPathOf } from '../../http/openapi/document.ts'
import { createServer } from '../../http/server.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { administrator } from '../support/administrator.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblem, isProblemResponse } from '../support/problem.ts'
import { send } from '../support/send.ts'
import { openSession, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { arbitraryOf, type JsonSchema } from './openapi-fuzz.ts'

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly schema: JsonSchema
}
type Content = Readonly<Record<string, { readonly schema?: JsonSchema }>>
interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: Content }>>
  readonly security: readonly Record<string, readonly string[]>[]
}
interface Document {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const bench = await build(t)
const document = await read<Document>(await fetch(`${bench.url}/api/v1/openapi.json`))
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

t.test('OpenAPI: every route is documented with its required access', async t => {
  const server = await createServer(bench.app.http, createLogger('silent'))
  await server.ready()
  t.teardown(() => server.close())
  const routes = server.protectedRoutes.filter(({ method }) => method !== 'HEAD')
  t.ok(routes.length > 25)
  for (const { method, url, access } of routes) {
    const path = openApiPathOf({ url, docs: undefined })
    const operation = document.paths[path]?.[method.toLowerCase()]
    const name = `${method} ${url}`
    t.ok(operation, name)
    const scopes = access === 'signed-in' ? [] : [access]
    t.strictSame(operation?.security, access === 'anyone' ? [] : [{ bearer: scopes }], name)
    t.equal('401' in (operation?.responses ?? {}), access !== 'anyone' || method !== 'GET', name)
  }
  for (const path of ['/healthz', '/readyz', '/processed/{userId}/{file}', '/raw/{userId}/{file}'])
    t.ok(document.paths[path]?.get, path)
})

/** Every `$ref` of the document. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const refs = '$ref' in value && typeof value.$ref === 'string' ? [value.$ref] : []
  return [...refs, ...Object.values(value).flatMap(referencesIn)]
}

t.test('OpenAPI: the document is valid OpenAPI 3.1', async t => {
  t.match(document, {
    openapi: '3.1.0',
    info: { title: 'Darkroom', version: /./ },
    servers: [{ url: bench.url }],
  })
  const ids = operations.map(({ operation }) => operation.operationId)
  t.equal(new Set(ids).size, ids.length, 'operation ids are unique')
  for (const { path, method, operation } of operations) {
    const name = `${method} ${path}`
    t.match(operation.summary, /^[A-Z].*[^.]$/, `${name} has a summary`)
    t.ok(['get', 'post', 'put', 'patch', 'delete', 'options'].includes(method), name)
    const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map(([, one]) => one)
    const inPath = (operation.parameters ?? []).filter(one => one.in === 'path')
    t.strictSame(
      inPath.map(one => one.name),
      placeholders,
      name,
    )
    t.ok(
      inPath.every(({ required }) => required),
      name,
    )
    const statuses = Object.keys(operation.responses)
    t.ok(
      statuses.every(status => /^[2-5]\d\d$/.test(status)),
      name,
    )
    t.ok(
      statuses.some(status => status.startsWith('2')),
      name,
    )
    if (method === 'get') t.notOk(operation.requestBody, name)
  }
  const references = new Set(referencesIn(document))
  t.ok(references.size > 5)
  for (const reference of references) {
    const [, section = '', kind = '', name = ''] = reference.split('/')
    t.equal(section, 'components')
    t.ok(document.components[kind]?.[name], reference)
  }
})

t.test('OpenAPI: a method that a path does not declare gets 405 with Allow', async t => {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
  for (const [path, declared] of Object.entries(document.paths)) {
    const allowed = Object.keys(declared).map(name => name.toUpperCase())
    const allow = [
      ...allowed,
      ...(allowed.includes('GET') && !path.endsWith('downloads') ? ['HEAD'] : []),
    ].sort()
    const [method = 'TRACE'] = methods.filter(name => !allowed.includes(name))
    const answer = await send(bench.url, path.replace(/\{\w+\}/g, 'unknown1'), {
      method,
      headers: { 'content-length': '0' },
    })
    isProblem(t, answer, 'method-not-allowed', `${method} ${path}`)
    t.equal(answer.headers.allow, allow.join(', '), path)
  }
  const shadowed = await send(bench.url, '/api/v1/images/tags', {
    method: 'DELETE',
    headers: { 'content-type': 'x/y', 'content-length': '1' },
    body: [Buffer.from('x')],
  })
  isProblem(t, shadowed, 'method-not-allowed', 'a path that looks like an id')
  t.match(document.paths['/api/v1/images']?.get?.responses, { 405: { $ref: /problem405/ } })
})

t.test('OpenAPI: a list of tags may be longer than one tag', t => {
  const { schema } = document.paths['/api/v1/images']?.post?.requestBody?.content['multipart/form-data'] ?? {}
  const tags = new RegExp(schema?.properties?.tags?.pattern ?? '', 'u')
  const tag = 'x'.repeat(64)
  t.match(` ${tag}, ${tag} ,b,`, tags)
  t.notMatch(`a,${tag}x`, tags)
  t.end()
})

t.test('a path segment longer than any id is rejected without authentication', async t => {
  const answer = await fetch(`${bench.url}/api/v1/images/${'a'.repeat(200)}`)
  await isProblemResponse(t, answer, 'url-too-long')
})

/** Requests per operation. */
const runs = 6

t.test('OpenAPI: responses to generated requests match the document', async t => {
  const admin = await administrator(bench)
  const victim = await bench.join('victim@example.com')
  const { id } = await admin.upload(await photo(60, 40).jpeg().toBuffer())
  const path = `/processed/${admin.userId}/${id}_flip.png`
  const words = [
    id,
    path,
    admin.userId,
    victim.userId,
    'thumb',
    'resize',
    'flip',
    'w',
    'active',
    'auto',
    'jpg',
  ]
  const problem = document.components.schemas!.Problem as JsonSchema
  let token = admin.token
  const seen = new Map<string, number>()

  const send = async (method: string, url: string, body: unknown) => {
    const headers = { authorization: `Bearer ${token}` }
    if (body === undefined) return fetch(url, { method, headers })
    const all = { ...headers, 'content-type': 'application/json' }
    return fetch(url, { method, headers: all, body: JSON.stringify(body) })
  }
  const check = async (name: string, operation: Operation, response: Response) => {
    const { status } = response
    const text = await response.text()
    seen.set(String(status), (seen.get(String(status)) ?? 0) + 1)
    if (status >= 500) throw new Error(`${name} answered ${status}: ${text}`)
    const documented = operation.responses[String(status)]
    if (documented === undefined)
      throw new Error(`${name} answered ${status}, which is not documented: ${text}`)
    const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined
    const schema = status >= 400 ? problem : documented.content?.['application/json']?.schema
    if (schema && !Value.Check(schema, json))
      throw new Error(`${name} does not match its documented schema: ${text}`)
  }

  for (const { path, method, operation } of operations) {
    const name = `${method.toUpperCase()} ${path}`
    // an earlier request may have ended the session
    if (
      (await fetch(`${bench.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status !==
      200
    )
      token = (await openSession(bench.url, admin.account)).token
    // the administrator must not be given another password or be disabled, or the next operation could not log in
    const isRisky = path.includes('/users/') && method !== 'get'
    const chosen = isRisky ? words.filter(word => word !== admin.userId) : words
    const fields = (operation.parameters ?? []).map(one => [
      one.name,
      one.required
        ? arbitraryOf(one.schema, chosen)
        : fc.option(arbitraryOf(one.schema, chosen), { nil: undefined }),
    ])
    const schema = operation.requestBody?.content['application/json']?.schema
    const requests = fc.tuple(
      fc.record(Object.fromEntries(fields)),
      schema ? arbitraryOf(schema, words) : fc.constant(undefined),
    )
    const property = fc.asyncProperty(requests, async ([values, body]) => {
      const url = bench.url + fill(path, operation.parameters ?? [], values as Record<string, unknown>)
      await check(
        `${name} (${url}, ${JSON.stringify(body)})`,
        operation,
        await send(method.toUpperCase(), url, body),
      )
    })
    await t.resolves(fc.assert(property, { numRuns: runs, endOnFailure: true }), name)
  }
  const all = [...seen.values()].reduce((sum, one) => sum + one, 0)
  t.ok(all >= 200, `${all} requests`)
  for (const status of ['200', '400', '404']) t.ok(seen.has(status), `some responses have status ${status}`)
})

/** The URL with these values. A segment that `fetch` would resolve away, such as `..`, is replaced. */
function fill(
  path: string,
  parameters: readonly Parameter[],
  values: Readonly<Record<string, unknown>>,
): string {
  const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  const encode = (value: unknown) => encodeURIComponent(textOf(value).replace(/\p{Surrogate}/gu, ''))
  const inPath = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const text = encode(values[name])
    return text === '' || /^(\.|%2e){1,2}$/i.test(text) ? 'unknown1' : text
  })
  const query = parameters
    .filter(one => one.in === 'query' && values[one.name] !== undefined)
    .map(({ name }) => `${name}=${encode(values[name])}`)
  return query.length > 0 ? `${inPath}?${query.join('&')}` : inPath
}

import fastify from 'fastify'
import { scopes } from '../../auth/scopes.ts'
import authentication from '../../http/plugins/authentication.ts'
import { createServer } from '../../http/server.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { administrator } from '../support/administrator.ts'
import { build } from '../support/build.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'

const bench = await build(t)
const admin = await administrator(bench)
const { http: parts } = bench.app

/** Every registered route of the server. */
async function readRoutes() {
  const server = await createServer(parts, createLogger('silent'))
  await server.ready()
  t.teardown(() => server.close())
  return server.protectedRoutes.filter(({ method }) => method !== 'HEAD')
}
const routes = await readRoutes()

function call({ method, url }: { method: string; url: string }, token?: string): Promise<Response> {
  const path = url.replace(/:\w+/g, 'unknown1')
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }
  const { 'content-type': _, ...bare } = headers
  return fetch(bench.url + path, { method, headers: 'body' in body ? headers : bare, ...body })
}

t.test('every route below /api/v1 declares its access', async t => {
  t.ok(routes.length > 25, `${routes.length} routes`)
  const known = ['anyone', 'signed-in', ...scopes]
  for (const { method, url, access } of routes) t.ok(known.includes(access ?? ''), `${method} ${url}`)
  const anyone = routes.filter(({ access }) => access === 'anyone').map(({ url }) => url)
  t.strictSame(anyone.sort(), [
    '/api/v1/auth/login',
    '/api/v1/auth/logout',
    '/api/v1/auth/refresh',
    '/api/v1/docs',
    '/api/v1/docs.css',
    // authorized by a signed URL; the second is its preflight
    '/api/v1/images/direct/:id/content',
    '/api/v1/images/direct/:id/content',
    // authorized by the secret of a link that can be used once
    '/api/v1/images/downloads',
    '/api/v1/openapi.json',
  ])
})

t.test('a server with a route without declared access does not start', async t => {
  const server = fastify()
  t.teardown(() => server.close())
  await authentication(server, parts.authentication)
  server.get('/api/v1/forgotten', async () => 'open')
  await t.rejects(async () => server.ready(), /config\.access is missing: GET \/api\/v1\/forgotten/)
})

t.test('routes reject requests without a token and keys without the scope', async t => {
  const secrets = new Map<string, string>()
  for (const scope of scopes) {
    const made = await callJson(admin, 'POST', '/api/v1/api-keys', { name: scope, scopes: [scope] })
    secrets.set(scope, (await read<{ secret: string }>(made, 201)).secret)
  }
  for (const route of routes.filter(({ access }) => access !== 'anyone')) {
    const name = `${route.method} ${route.url}`
    await isProblemResponse(t, await call(route), 'unauthorized', name)
    await isProblemResponse(t, await call(route, 'nonsense'), 'unauthorized', name)
    for (const [scope, secret] of secrets) {
      const answer = await call(route, secret)
      const may = (route.access === scope || route.access === 'signed-in') && !route.sessionOnly
      if (may) {
        t.not(answer.status, 401, `${name} with ${scope}`)
        t.not(answer.status, 403, `${name} with ${scope}`)
        await answer.arrayBuffer()
      } else await isProblemResponse(t, answer, 'forbidden', `${name} with ${scope}`)
    }
    if (route.access === 'admin')
      await isProblemResponse(t, await call(route, bench.token), 'forbidden', name)
  }
})

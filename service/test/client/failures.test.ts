import type { RequestListener } from 'node:http'
import { createApi, DarkroomApiError } from 'darkroom/client'
import { build } from '../support/build.ts'
import { startHttpServer } from '../support/http-server.ts'
import t, { type Test } from '../support/tap.ts'

/** The address of a server that is not Darkroom, such as a proxy that cannot reach it. */
async function stranger(t: Test, answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await startHttpServer(t, answer)}`
}

/** The error with which a call is refused. */
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => error,
  )

t.test('client: an error carries the problem that the service returned', async t => {
  const bench = await build(t)
  const api = createApi({ baseUrl: bench.url, token: bench.token })
  const error = await refusal(api.images.update('abcdefghijkl', { title: 'x' }))
  t.ok(error instanceof DarkroomApiError && error instanceof Error)
  t.match(error, {
    code: 'not-found',
    status: 404,
    detail: /./,
    requestId: /^[0-9a-f-]{36}$/,
    retryAfterMs: undefined,
    message: /^not-found: /,
  })
  await t.rejects(api.presets.put('thumb', { operations: 'enlarge_w-3' }), {
    code: 'bad-url',
    detail: /enlarge/,
  })
  await t.rejects(api.signBatch([]), { code: 'bad-request', status: 400 })
  const nobody = createApi({ baseUrl: bench.url, token: 'none' })
  await t.rejects(nobody.me.get(), { code: 'unauthorized', status: 401 })
  await t.rejects(nobody.images.upload(new Blob(['x'])), { code: 'unauthorized' })
})

t.test('client: an id that would change the route is rejected before a request is sent', async t => {
  const bench = await build(t)
  const { images, presets } = createApi({ baseUrl: bench.url, token: bench.token })
  for (const id of ['', '.', '..']) {
    await t.rejects(images.purge(id), { code: 'bad-request' }, id)
    await t.rejects(presets.delete(id), { code: 'bad-request' }, id)
  }
  for (const id of ['../users', 'a/b', '%2e%2e', 'a?b=c', '#']) {
    await t.rejects(images.get(id), { code: 'not-found', status: 404 }, id)
  }
})

t.test('client: a call is aborted by its signal or its timeout', async t => {
  const silent = await stranger(t, () => {})
  const api = createApi({ baseUrl: silent, token: 'x', timeoutMs: 200 })
  await t.rejects(api.me.get(), { name: 'TimeoutError' })
  const patient = createApi({ baseUrl: silent, token: 'x' })
  await t.rejects(patient.me.get({ signal: AbortSignal.abort() }), { name: 'AbortError' })
  const controller = new AbortController()
  const call = patient.images.upload(new Blob(['x']), {}, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await t.rejects(call, { message: 'enough' })
})

t.test('client: a response of another server is reported, and no secret is forwarded to it', async t => {
  const heard: (string | undefined)[] = []
  const elsewhere = await stranger(t, (request, response) => {
    heard.push(request.headers.authorization)
    response.end('{}')
  })
  const base = await stranger(t, (request, response) => {
    if (request.url?.includes('users')) {
      response.writeHead(307, { location: `${elsewhere}/` }).end()
    } else if (request.url?.includes('jobs')) {
      response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '7' }).end('[')
    } else {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>')
    }
  })
  const api = createApi({ baseUrl: base, apiKey: 'drk_secret' })
  await t.rejects(api.me.get(), { code: 'http-502', status: 502, requestId: undefined })
  await t.rejects(api.jobs.list(), { code: 'http-503', retryAfterMs: 7000 })
  await t.rejects(api.users.list(), { code: 'http-307' })
  t.strictSame(heard, [])
})

t.test('client: a custom fetch is used', async t => {
  const urls: string[] = []
  const api = createApi({
    baseUrl: 'https://i.example.com/darkroom/',
    apiKey: 'drk_x',
    fetch: async (url, init) => {
      urls.push(`${init?.method} ${url}`)
      t.equal(new Headers(init?.headers).get('authorization'), 'Bearer drk_x')
      return Response.json({ items: [], nextCursor: null })
    },
  })
  await api.images.list({ q: 'a & b', limit: 5, tag: undefined })
  t.strictSame(urls, ['GET https://i.example.com/darkroom/api/v1/images?q=a+%26+b&limit=5'])
})

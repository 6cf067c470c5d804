import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ErrorCode } from '../../errors/catalogue.ts'
import { type Bench, build } from '../support/build.ts'
import { isProblem } from '../support/problem.ts'
import { send } from '../support/send.ts'
import t from '../support/tap.ts'

const badRequest = /^HTTP\/1\.1 400 .*application\/problem\+json.*"code":"bad-request"/s

/** Everything that the service sends until it closes the connection. */
function sendRaw(bench: Bench, request: string): Promise<string> {
  const socket = connect(Number(new URL(bench.url).port), '127.0.0.1')
  socket.write(request)
  return text(socket)
}

t.test('malformed requests get a problem response and do not stop the service', async t => {
  const bench = await build(t)
  const cases: [method: string, path: string, codes: ErrorCode][] = [
    ['PUT', '/', 'not-found'],
    ['GET', '/nowhere', 'not-found'],
    ['GET', '/api/v1/images/%zz', 'bad-request'],
    ['GET', '/api/v1/images/UPPER', 'not-found'],
    ['GET', '/api/v1/images?limit=0', 'bad-request'],
    ['GET', '/api/v1/images?limit=x', 'bad-request'],
    ['GET', '/api/v1/images?colour=red', 'bad-request'],
    ['GET', '/api/v1/images?cursor=bogus', 'bad-request'],
    ['GET', '/api/v1/images?sort=-colour', 'bad-request'],
    ['PUT', '/api/v1/images', 'not-found'],
    ['GET', `/${'x'.repeat(3000)}`, 'not-found'],
  ]
  const headers = { authorization: `Bearer ${bench.token}` }
  for (const [method, path, code] of cases) {
    isProblem(t, await send(bench.url, path, { method, headers }), code, `${method} ${path.slice(0, 40)}`)
  }
  const post = (body: string) =>
    send(bench.url, '/api/v1/sign', {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      },
      body: [Buffer.from(body)],
    })
  for (const body of [
    '',
    '{',
    '[]',
    'null',
    '{}',
    '{"path":"/x","imageId":"abcdefgh"}',
    '{"colour":1}',
    '{"__proto__":1}',
  ]) {
    isProblem(t, await post(body), 'bad-request', `sign ${body}`)
  }
  isProblem(t, await post(`{"path":"${'x'.repeat(2_000_000)}"}`), 'too-large')
  t.match(await sendRaw(bench, 'THIS IS NOT HTTP\r\n\r\n'), badRequest)
  // `sendRaw` would wait forever if the service kept the connection open
  const preset = '{"operations":"blur_s-2"}'
  const second = `PUT /api/v1/presets/smuggled HTTP/1.1\r\nhost: x\r\nauthorization: ${headers.authorization}\r\n`
  const hidden = `${second}content-type: application/json\r\ncontent-length: ${preset.length}\r\n\r\n${preset}`
  for (const encoding of [
    'chunked\r\ntransfer-encoding: chunked',
    'identity, chunked',
    'gzip',
    'xchunked',
    '',
  ]) {
    const head = `POST /api/v1/sign HTTP/1.1\r\nhost: x\r\ntransfer-encoding: ${encoding}\r\n\r\n`
    t.match(await sendRaw(bench, `${head}2\r\n{}\r\n0\r\n\r\n${hidden}`), badRequest, `encoding: ${encoding}`)
  }
  isProblem(t, await send(bench.url, '/api/v1/presets/smuggled', { headers }), 'not-found')
  t.equal((await send(bench.url, '/healthz')).status, 200)
})

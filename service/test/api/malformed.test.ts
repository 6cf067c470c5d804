import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ErrorCode } from '../../errors/catalogue.ts'
import { encodeCursor } from '../../metadata/cursor.ts'
import { administrator } from '../support/administrator.ts'
import { type Bench, build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblem, isProblemResponse } from '../support/problem.ts'
import { send } from '../support/send.ts'
import { callJson, read } from '../support/session.ts'
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
    ['GET', '/api/v1/images?limit=0x10', 'bad-request'],
    ['GET', '/api/v1/images?limit=1e999', 'bad-request'],
    ['GET', `/api/v1/images?limit=${'9'.repeat(400)}`, 'bad-request'],
    ['GET', '/api/v1/images/unknown1/duplicates?distance=1e999', 'bad-request'],
    ['GET', '/api/v1/images/unknown1/duplicates?distance=-1e999', 'bad-request'],
    ['GET', '/api/v1/images?colour=red', 'bad-request'],
    ['GET', '/api/v1/images?cursor=bogus', 'bad-request'],
    // numbers that the database cannot hold
    ['GET', `/api/v1/images/tags?cursor=${encodeCursor({ images: 1e300, tag: '' })}`, 'bad-request'],
    ['GET', `/api/v1/images/imports/unknown1?cursor=${encodeCursor(-1e300)}`, 'bad-request'],
    ['GET', '/api/v1/images?sort=-colour', 'bad-request'],
    ['PUT', '/api/v1/images', 'method-not-allowed'],
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

t.test('values of the wrong type in JSON are rejected by name, and change nothing', async t => {
  const bench = await build(t)
  const admin = await administrator(bench)
  const user = `/api/v1/users/${bench.userId}`
  const own = await admin.upload(await photo(20, 20).png().toBuffer(), { title: 'as it was' })
  const image = `/api/v1/images/${own.id}`
  await callJson(admin, 'PATCH', user, { disabled: true })
  const stays = { ...(await read<object>(await admin.get(user))) }
  const key = { name: 'k', scopes: ['sign'] }
  const cases: [method: string, path: string, body: unknown, detail: string][] = [
    ['PATCH', user, { disabled: null }, 'disabled: must be boolean'],
    ['PATCH', user, { disabled: 'false' }, 'disabled: must be boolean'],
    ['PATCH', user, { presetsOnly: 0 }, 'presetsOnly: must be boolean'],
    ['PATCH', user, { role: null }, 'role: must be equal to one of the allowed values: admin, member'],
    ['PATCH', user, { limits: { images: '5' } }, 'limits.images: must be integer'],
    ['PATCH', user, { limits: '' }, 'limits: must be object or null'],
    ['PATCH', '/api/v1/me', { fallback: 'blur' }, 'fallback: must be null or "placeholder" or object'],
    ['PATCH', '/api/v1/me', { fallback: { imageId: 7 } }, 'fallback.imageId: must be string'],
    ['PATCH', '/api/v1/me', { rejectTruncated: 'true' }, 'rejectTruncated: must be boolean'],
    ['PATCH', image, { title: 5 }, 'title: must be string'],
    ['PATCH', image, { title: null }, 'title: must be string'],
    ['PATCH', image, { tags: 'one' }, 'tags: must be array'],
    ['PATCH', image, { tags: [1] }, 'tags.0: must be string'],
    [
      'PATCH',
      image,
      { tags: [','.repeat(20_000)] },
      'tags: are too long, expected at most 16384 characters in all',
    ],
    ['PATCH', image, { alt: false }, 'alt: must be string or null'],
    ['PATCH', image, { focal: { x: null, y: 0 } }, 'focal.x: must be number'],
    ['PATCH', image, { focal: { x: '0.5', y: 0 } }, 'focal.x: must be number'],
    ['PATCH', image, { focal: { x: 0.5 } }, 'focal.y: is required'],
    ['PATCH', image, { focal: 1 }, 'focal: must be object or null'],
    ['POST', '/api/v1/sign', { imageId: own.id, expiresIn: '60' }, 'expiresIn: must be integer'],
    ['POST', '/api/v1/images/bulk', { ids: own.id, action: 'delete' }, 'ids: must be array'],
    [
      'POST',
      '/api/v1/images/bulk',
      { ids: ['a\0'], action: 'delete' },
      'ids.0: must not contain a NUL character',
    ],
    [
      'POST',
      '/api/v1/takedowns',
      { imageId: own.id, reason: '\0' },
      'reason: must not contain a NUL character',
    ],
    ['POST', '/api/v1/purge', { all: 'true' }, 'all: must be boolean'],
    ['POST', '/api/v1/purge', { imageId: 'a\0' }, 'imageId: must not contain a NUL character'],
    [
      'POST',
      '/api/v1/takedowns',
      { imageId: '\0', reason: 'r' },
      'imageId: must not contain a NUL character',
    ],
    [
      'PATCH',
      '/api/v1/me',
      { fallback: { imageId: '\0' } },
      'fallback.imageId: must not contain a NUL character',
    ],
    ['POST', '/api/v1/sign', { imageId: own.id, policy: '\0' }, 'policy: must not contain a NUL character'],
    // half of a surrogate pair, which the payload of the task cannot hold
    ['POST', '/api/v1/purge', { tag: '\ud800' }, 'tag: must not contain control characters'],
    ['POST', '/api/v1/api-keys', { ...key, expiresAt: 0 }, 'expiresAt: must be string or null'],
    ['PUT', '/api/v1/presets/p', { operations: 'flip', eager: 'no' }, 'eager: must be boolean'],
  ]
  for (const [method, path, body, detail] of cases) {
    const answer = await callJson(admin, method, path, body)
    t.equal(await isProblemResponse(t, answer, 'bad-request'), detail, JSON.stringify(body))
  }
  const asText = { imageId: own.id, operations: [{ op: 'resize', w: '60' }] }
  const refused = await callJson(admin, 'POST', '/api/v1/sign', asText)
  t.match(await isProblemResponse(t, refused, 'bad-url'), /^resize: w is a string, expected an integer/)
  t.strictSame(await read(await admin.get(user)), stays)
  // in a query, where everything is text, numbers and truth values are read
  t.equal((await admin.get('/api/v1/images?limit=5&deleted=true')).status, 200)
})

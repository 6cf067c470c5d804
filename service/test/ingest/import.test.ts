import { readdir } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import type { ErrorCode } from '../../errors/catalogue.ts'
import type { NetworkPolicy } from '../../net/network-policy.ts'
import { type Bench, build } from '../support/build.ts'
import { drip, importPolicy, startImportSite } from '../support/import-site.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read, type Session, type ShownImage } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(60, 40).png().toBuffer()

const tryImport = (session: Session, body: unknown) =>
  callJson(session, 'POST', '/api/v1/images/import', body)

async function leavesNothing(t: Test, bench: Bench, name: string) {
  const staging = join(bench.environment.DARKROOM_DATA_DIR!, 'spool')
  await until(
    `${name}: the staging directory is empty`,
    5000,
    async () => (await readdir(staging)).length === 0,
  )
  t.strictSame(await bench.app.database.query(`select id from images where state <> 'deleted'`), [], name)
}

t.test('an image is imported from a URL through redirects', async t => {
  const bench = await build(t, {}, importPolicy)
  const { url, paths } = await startImportSite(t, (request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/a/b%20c.png?x=1#y' }).end()
    else response.writeHead(200, { 'content-type': 'image/png' }).end(picture)
  })
  const body = { url: `${url}/moved`, title: 'Sea', tags: ['blue'] }
  const response = await tryImport(bench, body)
  const image = await read<ShownImage & { duplicates: string[] }>(response, 201)
  t.equal(response.headers.get('location'), `/api/v1/images/${image.id}`)
  t.match(image, { title: 'Sea', tags: ['blue'], fileName: 'b c.png', format: 'png', width: 60, height: 40 })
  t.strictSame(paths, ['/moved', '/a/b%20c.png?x=1'])
  t.strictSame(await bytesOf(await bench.get(image.rawUrl)), picture)
  const again = await read<ShownImage & { duplicates: string[] }>(await tryImport(bench, { url }), 201)
  t.strictSame(again.duplicates, [image.id])
  t.equal(again.fileName, null)
})

t.test('import reaches no private address by default', async t => {
  const bench = await build(t)
  const { port, paths } = await startImportSite(t, (_request, response) => response.end(picture))
  const hosts = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '169.254.169.254',
    '10.0.0.1',
    'localhost',
    'here.invalid',
  ]
  const details = new Set<string>()
  for (const host of hosts) {
    const answer = await tryImport(bench, { url: `http://${host}:${port}/` })
    details.add(await isProblemResponse(t, answer, 'not-fetched', host))
  }
  t.equal(details.size, 1, 'private and unknown hosts get the same error')
  t.strictSame(paths, [])
  await leavesNothing(t, bench, 'all of them')
})

t.test('a host is resolved once per request, which prevents DNS rebinding', async t => {
  let asked = 0
  const changing: NetworkPolicy = {
    // a rebinding name server: a public address first, then a private one
    resolve: async () => (asked++ === 0 ? ['127.0.0.1'] : ['10.0.0.1']),
    allows: address => address === '127.0.0.1',
  }
  const bench = await build(t, {}, changing)
  const { url, paths } = await startImportSite(t, (request, response) => {
    if (request.url === '/twice') response.writeHead(302, { location: '/' }).end()
    else response.end(picture)
  })
  await read(await tryImport(bench, { url }), 201)
  t.equal(asked, 1)
  asked = 0
  await isProblemResponse(t, await tryImport(bench, { url: `${url}/twice` }), 'not-fetched')
  t.strictSame(paths, ['/', '/twice'], 'the redirect resolves to a private address and is not requested')
})

t.test('every redirect is checked, and their number is limited', async t => {
  const bench = await build(t, {}, importPolicy)
  const inner = await startImportSite(t, (_request, response) => response.end(picture))
  const { url, port } = await startImportSite(t, (request, response) => {
    const to = decodeURIComponent(request.url?.slice(1) ?? '')
    const count = /^count-(\d+)$/.exec(to)?.[1]
    if (count === '0') response.writeHead(200, { 'content-type': 'image/png' }).end(picture)
    else response.writeHead(302, { location: count ? `/count-${Number(count) - 1}` : to }).end()
  })
  const targets = [
    `http://[::1]:${inner.port}/`,
    `http://inner.test:${inner.port}/`,
    `http://mixed.test:${port}/`,
    'http://169.254.169.254/latest/meta-data/',
    'http://user:secret@here.test/',
    'http://here.test:22/',
    'file:///etc/passwd',
    'ftp://here.test/',
    'http://',
    '',
  ]
  for (const to of targets)
    await isProblemResponse(
      t,
      await tryImport(bench, { url: `${url}/${encodeURIComponent(to)}` }),
      'not-fetched',
      to,
    )
  t.strictSame(inner.paths, [])
  await isProblemResponse(t, await tryImport(bench, { url: `${url}/count-6` }), 'not-fetched', 'six')
  await leavesNothing(t, bench, 'all of them')
  await read(await tryImport(bench, { url: `${url}/count-5` }), 201)
})

t.test('an import validates the response like an upload', async t => {
  const bench = await build(
    t,
    { DARKROOM_MAX_UPLOAD_MB: '1', DARKROOM_RECEIVE_SILENCE_MS: '1000' },
    importPolicy,
  )
  const large = Buffer.alloc(1_100_000, 7)
  const answers: [path: string, code: ErrorCode, answer: RequestListener][] = [
    ['/gone', 'not-fetched', (_, to) => to.writeHead(404).end('no')],
    ['/wrong', 'not-fetched', (_, to) => to.writeHead(500).end(picture)],
    ['/part', 'not-fetched', (_, to) => to.writeHead(206).end(picture)],
    ['/page', 'not-an-image', (_, to) => to.writeHead(200, { 'content-type': 'text/html' }).end(picture)],
    ['/lie', 'not-an-image', (_, to) => to.writeHead(200, { 'content-type': 'image/png' }).end('hello')],
    ['/empty', 'not-an-image', (_, to) => to.writeHead(200).end()],
    ['/half', 'undecodable', (_, to) => to.end(picture.subarray(0, picture.length / 2))],
    ['/packed', 'not-fetched', (_, to) => to.writeHead(200, { 'content-encoding': 'gzip' }).end(picture)],
    ['/declared', 'too-large', (_, to) => to.writeHead(200, { 'content-length': large.length }).end(large)],
    [
      '/undeclared',
      'too-large',
      (_, to) => {
        to.write(large.subarray(0, 600_000))
        to.end(large.subarray(0, 600_000))
      },
    ],
    [
      '/broken',
      'not-fetched',
      (_, to) => {
        to.writeHead(200, { 'content-length': 1_000 })
        to.write('x', () => to.destroy())
      },
    ],
    ['/silent', 'deadline', (_, to) => to.write(picture.subarray(0, 100))],
    ['/mute', 'deadline', () => {}],
    ['/slow', 'deadline', (_, to) => drip(to)],
    ['/nonsense', 'not-fetched', (_, to) => to.socket?.end('nonsense\r\n\r\n')],
    ['/header', 'not-fetched', (_, to) => to.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end(picture)],
  ]
  const { url } = await startImportSite(t, (request, response) =>
    answers.find(([path]) => path === request.url)?.[2](request, response),
  )
  const checked = answers.map(async ([path, code]) =>
    isProblemResponse(t, await tryImport(bench, { url: url + path }), code, path),
  )
  await Promise.all(checked)
  await isProblemResponse(
    t,
    await tryImport(bench, { url: 'http://here.test:1024/' }),
    'not-fetched',
    'connection refused',
  )
  await leavesNothing(t, bench, 'all of them')
})

t.test('an aborted import closes its connection and leaves nothing', async t => {
  const bench = await build(t, {}, importPolicy)
  let closed = false
  const { url, paths } = await startImportSite(t, (request, response) => {
    request.socket.once('close', () => {
      closed = true
    })
    response.writeHead(200, { 'content-type': 'image/png' }).write(picture.subarray(0, 100))
  })
  const leaving = new AbortController()
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${bench.token}` }
  const request = fetch(`${bench.url}/api/v1/images/import`, {
    method: 'POST',
    body: JSON.stringify({ url }),
    headers,
    signal: leaving.signal,
  })
  await until('the request has arrived', 10_000, () => paths.length === 1)
  leaving.abort()
  await t.rejects(request)
  await until('the connection is closed', 10_000, () => closed)
  await leavesNothing(t, bench, 'aborted')
})

t.test('the error of an invalid import names the field', async t => {
  const bench = await build(t, {}, importPolicy)
  const cases: [body: unknown, words: RegExp][] = [
    [{}, /^url: is required/],
    [{ url: '' }, /^url/],
    [{ url: 'picture.png' }, /^url: must be an absolute/],
    [{ url: 'ftp://here.test/a.png' }, /^url: must use http/],
    [{ url: 'file:///etc/passwd' }, /^url: must use http/],
    [{ url: 'data:image/png;base64,AAAA' }, /^url: must use http/],
    [{ url: 'http://a:b@here.test/' }, /^url: must not contain/],
    [{ url: 'http://here.test:25/' }, /^url: must use port/],
    [{ url: `http://here.test/${'x'.repeat(2_100)}` }, /^url: must have at most/],
    [{ url: 'http://here.test/', title: 'x'.repeat(201) }, /^title/],
    [{ url: 'http://here.test/', headers: {} }, /^headers: is an unknown field/],
  ]
  for (const [body, words] of cases)
    t.match(
      await isProblemResponse(t, await tryImport(bench, body), 'bad-request'),
      words,
      JSON.stringify(body).slice(0, 60),
    )
})

import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { disconnectSignal } from '../../http/disconnect-signal.ts'
import { createServer } from '../../http/server.ts'
import { openDatabase } from '../../metadata/database.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { build } from '../support/build.ts'
import { isProblem } from '../support/problem.ts'
import { type Answer, send } from '../support/send.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const deadlineMs = 200

const bench = await build(t)
const server = await createServer({ ...bench.app.http, deadlineMs, sendMs: 300 }, createLogger('silent'))
t.teardown(() => server.close())

/** The requests whose work was aborted, by method. */
const aborted: string[] = []

const slow = { url: '/slow', config: {} }
server.route({
  ...slow,
  method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  handler: async (request, reply) => {
    const signal = disconnectSignal(reply)
    if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve))
    aborted.push(request.method)
    throw new Error('the work was aborted')
  },
})
server.route({
  method: 'POST',
  url: '/late',
  handler: () => setTimeout(deadlineMs + 100, 'late'),
})
server.route({
  method: 'POST',
  url: '/own',
  config: { deadlineMs: 20 },
  handler: () => new Promise(() => {}),
})
server.route({ method: 'POST', url: '/quick', handler: async () => 'quick' })
server.route({
  method: 'POST',
  url: '/stream',
  handler: async () => {
    const stream = new Readable({ read() {} })
    stream.push('first')
    return stream
  },
})
await server.listen({ host: '127.0.0.1', port: 0 })
const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`

const json = { 'content-type': 'application/json', 'content-length': '2' }
const withBody = { headers: json, body: [Buffer.from('{}')] }

t.test(
  'deadline: every method gets 504 in time, with and without a body, and its work is aborted',
  async t => {
    const cases: [method: string, name: string, options: Parameters<typeof send>[2]][] = [
      ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].flatMap(method => [
        [method, 'without a body', {}] as [string, string, object],
        [method, 'with a body', withBody] as [string, string, object],
      ]),
      [
        'POST',
        'with a chunked body',
        { headers: { 'content-type': 'application/json' }, body: withBody.body },
      ],
    ]
    const started = performance.now()
    await Promise.all(
      cases.map(async ([method, name, options]) => {
        const answer = await send(url, '/slow', { ...options, method })
        t.equal(isProblem(t, answer, 'deadline', `${method} ${name}`), 'the request took longer than 0.2 s')
      }),
    )
    const head = await send(url, '/slow', { method: 'HEAD' })
    t.equal(head.status, 504)
    const ms = performance.now() - started
    t.ok(ms >= 2 * deadlineMs - 20 && ms < 30_000, `${ms} ms`)
    await until('all handlers were aborted', 2_000, async () => aborted.length === cases.length + 1)
  },
)

t.test('deadline: a route has its own limit, and a late answer is dropped', async t => {
  const answers: Promise<Answer>[] = ['/own', '/late'].map(path =>
    send(url, path, { ...withBody, method: 'POST' }),
  )
  const [own, late] = await Promise.all(answers)
  t.equal(isProblem(t, own!, 'deadline'), 'the request took longer than 0.02 s')
  isProblem(t, late!, 'deadline')
})

t.test('deadline: a response that is being streamed is cut off', async t => {
  const response = await fetch(`${url}/stream`, {
    method: 'POST',
    body: 'x',
    headers: { 'content-type': 'text/plain' },
  })
  t.equal(response.status, 200)
  await t.rejects(text(Readable.fromWeb(response.body as never)))
})

t.test('deadline: the connection of a client that does not read a derivative is closed', async t => {
  const side = 2200
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
  const large = sharp({ create: { width: side, height: side, channels: 3, background: 'grey', noise } })
  const { id } = await bench.upload(await large.png({ compressionLevel: 0 }).toBuffer())
  const signed = new URL(
    await bench.sign({ imageId: id, operations: [{ op: 'flip', d: 'h' }], format: 'png' }),
  )
  const path = `${signed.pathname}${signed.search}`
  const rendered = await bench.get(path)
  t.ok((await rendered.arrayBuffer()).byteLength > 10_000_000, 'more than the system takes at once')
  const count = promisify(server.server.getConnections.bind(server.server))
  for (const name of ['first', 'prepared']) {
    const before = await count()
    const socket = connect(Number(new URL(url).port), '127.0.0.1').pause()
    t.teardown(() => socket.destroy())
    socket.on('error', () => {})
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    await until('the request has arrived', 2_000, async () => (await count()) > before)
    await until(`the connection is closed, ${name}`, 10_000, async () => (await count()) <= before)
  }
})

t.test('deadline: a change that waits for the database is ended', async t => {
  const db = openDatabase({
    url: bench.environment.DATABASE_URL!,
    logger: createLogger('silent'),
    maxConnections: 1,
  })
  t.teardown(() => db.close())
  const headers = { ...json, authorization: `Bearer ${bench.token}` }
  await db.transaction(async ({ query }) => {
    await query('lock table images in access exclusive mode')
    const answer = await send(url, '/api/v1/images/abcdefgh', {
      method: 'PATCH',
      headers,
      body: withBody.body,
    })
    isProblem(t, answer, 'deadline')
  })
})

t.test('deadline: no timer is left after the response', async t => {
  const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const before = timers()
  for (let round = 0; round < 20; round++)
    t.equal((await send(url, '/quick', { ...withBody, method: 'POST' })).status, 200)
  await until('the timers are cleared', 150, async () => timers() <= before)
})

import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import { type NetworkPolicy, resolveByDns } from '../../net/network-policy.ts'
import { createWebhookSender } from '../../webhooks/webhook-sender.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { type DnsAnswer, startDnsServer } from '../support/services/dns.ts'
import { callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'
import { create, type Delivery, deliveries } from '../support/webhook-calls.ts'

const picture = await photo(60, 40).png().toBuffer()
/** An address that counts as public here, and one of the operator's network. */
const [outer, inner] = ['127.0.0.2', '127.0.0.1'] as const

/** The answers of the name server to the first query of a name, and to all later ones. */
const names = new Map<string, readonly [DnsAnswer, DnsAnswer]>([
  ['steady.test', [{ address: outer }, { address: outer }]],
  ['rebinding.test', [{ address: outer }, { address: inner }]],
  ['inner.test', [{ address: inner }, { address: inner }]],
  ['failing.test', ['failure', 'failure']],
])
const dns = await startDnsServer(
  t,
  (name, earlierQueries) => names.get(name)?.[earlierQueries === 0 ? 0 : 1] ?? 'unknown',
)
const networkPolicy: NetworkPolicy = {
  resolve: (name, signal) => resolveByDns(name, signal, [dns.server]),
  allows: address => address === outer,
}
const bench = await build(t, {}, networkPolicy)

/** The paths of all requests to either address, each with the address. */
const requests: string[] = []
let status = 200
const respond: RequestListener = (request, response) => {
  requests.push(`${request.socket.localAddress} ${request.method} ${request.url}`)
  if (request.method === 'POST') response.writeHead(status).end()
  else if (request.url === '/twice') response.writeHead(302, { location: '/' }).end()
  else response.writeHead(200, { 'content-type': 'image/png' }).end(picture)
}
/** One port of both addresses, as a name that changes its address keeps its port. */
const server = createServer(respond)
await once(server.listen(0, '0.0.0.0'), 'listening')
t.teardown(() => server.close())
const bound = server.address()
const port = typeof bound === 'object' ? bound?.port : undefined
const tryImport = (host: string, path = '/') =>
  callJson(bench, 'POST', '/api/v1/images/import', { url: `http://${host}:${port}${path}` })

/** The deliveries of one event to new webhooks, at most four, after their first attempts. */
async function firstAttempts(...urls: string[]): Promise<Delivery[]> {
  const hooks = await Promise.all(urls.map(url => create(bench, url, 'image.deleted')))
  const { id } = await bench.upload(picture)
  await bench.get(`/api/v1/images/${id}`, { method: 'DELETE' })
  let latest: Delivery[] = []
  await until('each delivery was attempted', 30_000, async () => {
    latest = (await Promise.all(hooks.map(hook => deliveries(bench, hook)))).flat()
    return latest.length === urls.length && latest.every(({ attempts }) => attempts > 0)
  })
  for (const { id } of hooks) await bench.get(`/api/v1/webhooks/${id}`, { method: 'DELETE' })
  return latest
}

t.beforeEach(() => {
  requests.length = 0
  status = 200
})

t.test(
  'an import connects to the address that was checked, whatever the name server answers next',
  async t => {
    const before = dns.queries.length
    await read(await tryImport('rebinding.test', '/first'), 201)
    t.equal(dns.queries.length - before, 1, 'the name is resolved once')
    t.strictSame(requests, [`${outer} GET /first`])
    await isProblemResponse(t, await tryImport('rebinding.test', '/second'), 'not-fetched')
    t.equal(requests.length, 1, 'the second answer of the name server is checked as well')
  },
)

t.test('a redirect of an import is resolved and checked again', async t => {
  names.set('twice.test', [{ address: outer }, { address: inner }])
  await isProblemResponse(t, await tryImport('twice.test', '/twice'), 'not-fetched')
  t.strictSame(requests, [`${outer} GET /twice`])
})

t.test(
  'a webhook is called at the address that was checked, whatever the name server answers next',
  async t => {
    names.set('hook.test', [{ address: outer }, { address: inner }])
    const before = dns.queries.length
    const url = `http://hook.test:${port}/hook`
    t.match(await firstAttempts(url), [{ status: 'delivered', responseCode: 200 }])
    t.equal(dns.queries.length - before, 1, 'the name is resolved once')
    t.match(await firstAttempts(url), [{ status: 'failed', attempts: 1 }])
    t.strictSame(requests, [`${outer} POST /hook`])
  },
)

t.test('an import gives the same answer for a name of the private network and an unknown name', async t => {
  const seen = await Promise.all(
    ['inner.test', 'unknown.test', 'failing.test'].map(async host => {
      const start = performance.now()
      const detail = await isProblemResponse(t, await tryImport(host), 'not-fetched', host)
      t.ok(performance.now() - start > 990, `${host}: the refusal waits for the end of a second`)
      return detail
    }),
  )
  t.equal(new Set(seen).size, 1, seen.join())
  t.strictSame(requests, [])
})

t.test('a webhook fails in the same way for a name of the private network and an unknown name', async t => {
  const hosts = ['inner.test', 'unknown.test']
  const start = Date.now()
  const [known, unknown] = await firstAttempts(...hosts.map(host => `http://${host}:${port}/`))
  const shown = {
    status: 'failed',
    attempts: 1,
    responseCode: null,
    detail: 'the host has no public address',
  }
  t.match(known, shown)
  t.match(unknown, shown)
  for (const { at } of [known, unknown] as Delivery[]) t.ok(Date.parse(at!) - start > 990)
  t.strictSame(requests, [])
})

t.test('only temporary failures are retried', async t => {
  status = 410
  const host = `http://steady.test:${port}`
  t.match(await firstAttempts(`${host}/gone`, `http://failing.test:${port}/`), [
    { status: 'failed', attempts: 1, responseCode: 410, detail: 'responded with status 410' },
    { status: 'pending', responseCode: null, detail: 'the host could not be resolved' },
  ])
  status = 404
  t.match(await firstAttempts(host), [{ status: 'pending', responseCode: 404 }])
})

t.test('a permanent failure of a webhook is one log line without a stack', async t => {
  const hook = await create(bench, `http://inner.test:${port}/`, 'quota.near')
  const { webhooks: rows, webhookDeliveries } = bench.app.metadata
  const event = { event: 'quota.near', data: {}, dedupeKey: 'once' } as const
  const [deliveryId = ''] = await webhookDeliveries.enqueue(bench.userId, event, 60_000)
  const lines: unknown[] = []
  const logger = { warn: (...line: unknown[]) => lines.push(line) }
  const enqueue = async () => t.fail('no further attempt is enqueued')
  const sender = createWebhookSender({ rows, deliveries: webhookDeliveries, networkPolicy, enqueue, logger })
  await sender.send({ userId: bench.userId, deliveryId }, new AbortController().signal)
  const reason = 'the host has no public address'
  const facts = { deliveryId, webhookId: hook.id, userId: bench.userId, attempts: 1, reason }
  t.strictSame(lines, [[facts, 'webhook delivery failed']])
})

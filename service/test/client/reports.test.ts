import {
  type Api,
  type AuditEntry,
  createApi,
  type Explanation,
  type OperationInfo,
  type Takedown,
  type UsageDay,
  type UsageName,
  type UsageReport,
  type Webhook,
  type WebhookDelivery,
} from 'darkroom/client'
import { createServer } from '../../http/server.ts'
import { publicNetworkPolicy } from '../../net/network-policy.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { administrator } from '../support/administrator.ts'
import { build } from '../support/build.ts'
import { openCallReceiver } from '../support/call-receiver.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'
import { apiOf, blob, checkShape, type Shape } from './shapes.ts'

t.test('client: usage by day and by image', async t => {
  const bench = await build(t)
  const api = apiOf(bench)
  const image = await api.images.upload(blob)
  await bytesOf(await fetch(image.rawUrl))
  await bench.app.usage.flush()
  const report = await api.usage()
  const about = { userId: 'string', from: 'string', to: 'string', by: 'string', items: 'array' }
  checkShape<UsageReport>(t, 'report', report, about)
  t.equal(report.items.length, 30)
  checkShape<UsageDay>(t, 'day', report.items.at(-1)!, {
    day: 'string',
    requests: 'number',
    hits: 'object',
    bytes: 'number',
    developments: 'number',
    cpuMs: 'number',
    errors: 'number',
  })
  t.match(report.items.at(-1), { requests: 1, hits: { store: 1 } })
  const { items } = await api.usage({ by: 'image', from: report.to })
  checkShape<UsageName>(t, 'image', items[0] as UsageName, {
    name: 'string',
    requests: 'number',
    bytes: 'number',
  })
  t.match(items, [{ name: image.id, requests: 1 }])
  await t.rejects(api.usage({ userId: 'somebody' }), { code: 'not-found' })
})

t.test('client: explain and operations', async t => {
  const bench = await build(t)
  const api = apiOf(bench)
  const { id } = await api.images.upload(blob)
  const path = `/processed/${bench.userId}/${id}_resize_w-100.webp`
  const explained = await api.explain({ path, accept: 'image/webp' })
  checkShape<Explanation>(t, 'explanation', explained, {
    imageId: 'string',
    operations: 'array',
    presets: 'array',
    file: 'string',
    key: 'string',
    format: 'object',
    download: 'string|null',
    output: 'object|null',
    passes: 'array',
    source: 'object|null',
    cost: 'object|null',
    answer: 'string',
    cache: 'object',
    assumes: 'array',
  })
  t.match(explained, { imageId: id, output: { width: 100, height: 75 }, cache: { state: 'none' } })
  t.match(explained.operations[0], { op: 'resize', w: 100 })
  const { items, groups, formats } = await api.operations()
  const shape: Shape<OperationInfo> = {
    name: 'string',
    label: 'string',
    group: 'string',
    summary: 'string',
    example: 'string',
    options: 'array',
  }
  for (const item of items) checkShape(t, 'operation', item, shape)
  t.ok(items.every(({ group }) => groups.includes(group)))
  t.ok(formats.includes('avif'))
})

t.test('client: webhooks are created, changed and redelivered', async t => {
  const bench = await build(t, {}, { ...publicNetworkPolicy, allows: address => address === '127.0.0.1' })
  const receiver = await openCallReceiver(t)
  const { webhooks, images } = apiOf(bench)
  const made = await webhooks.create({ url: receiver.url, events: ['quota.near'] })
  const shape: Shape<Webhook> = { id: 'string', url: 'string', events: 'array', createdAt: 'string' }
  checkShape(t, 'webhook', made, { ...shape, secret: 'string' })
  const changed = await webhooks.update(made.id, { events: ['image.deleted'] })
  checkShape(t, 'webhook', changed, shape)
  t.strictSame(await webhooks.get(made.id), changed)
  t.strictSame((await webhooks.list()).items, [changed])
  await images.delete((await images.upload(blob)).id)
  const latest = async () => (await webhooks.deliveries(made.id)).items[0]
  await until('the webhook is delivered', 60_000, async () => (await latest())?.status === 'delivered')
  const delivery = (await latest())!
  checkShape<WebhookDelivery>(t, 'delivery', delivery, {
    id: 'string',
    event: 'string',
    status: 'string',
    attempts: 'number',
    responseCode: 'number|null',
    detail: 'string|null',
    createdAt: 'string',
    at: 'string|null',
  })
  t.match(await webhooks.redeliver(made.id, delivery.id), { id: delivery.id, status: 'pending' })
  await until('the webhook is redelivered', 60_000, () => receiver.calls.length === 2)
  t.match(await webhooks.sendTest(made.id), { event: 'webhook.test', status: 'pending', attempts: 0 })
  await until('the test event is delivered', 60_000, async () => (await latest())?.status === 'delivered')
  t.match(JSON.parse(receiver.calls[2]!.body), { event: 'webhook.test', data: { webhookId: made.id } })
  await webhooks.delete(made.id)
  await t.rejects(webhooks.get(made.id), { code: 'not-found' })
})

t.test('client: audit log and takedowns for administrators', async t => {
  const bench = await build(t)
  const api = apiOf(await administrator(bench))
  const image = await apiOf(bench).images.upload(blob)
  const taken = await api.takedowns.take({ imageId: image.id, reason: 'a court said so' })
  const shape: Shape<Takedown> = { sha256: 'string', reason: 'string', by: 'string', createdAt: 'string' }
  checkShape(t, 'takedown', taken, { ...shape, images: 'number' })
  t.strictSame([taken.images, taken.sha256], [1, image.sha256])
  for (const item of (await api.takedowns.list({ limit: 5 })).items) checkShape(t, 'takedown', item, shape)
  await api.takedowns.lift(image.sha256)
  t.strictSame((await api.takedowns.list()).items, [])
  t.strictSame(
    (await api.audit({ action: 'takedown', limit: 9 })).items.map(({ action }) => action),
    ['takedown.lift', 'takedown'],
  )
  const { items } = await api.audit({ limit: 2 })
  checkShape<AuditEntry>(t, 'entry', items[0]!, {
    id: 'string',
    at: 'string',
    userId: 'string|null',
    keyId: 'string|null',
    action: 'string',
    subject: 'string|null',
    address: 'string',
  })
  t.strictSame(
    items.map(({ action, subject }) => [action, subject]),
    [
      ['takedown.lift', image.sha256],
      ['takedown', image.sha256],
    ],
  )
})

/** All functions of an API object and of the objects in it. */
function callsOf(api: object): ((...words: unknown[]) => unknown)[] {
  return Object.values(api).flatMap(one => (typeof one === 'object' ? callsOf(one) : [one]))
}

/** Routes that a client with a token does not need, or that it calls by a signed URL. */
const withoutCall =
  /^POST \/api\/v1\/auth\/(login|refresh|logout)$|^GET .*\/downloads$|\/(openapi\.json|docs|docs\.css|direct\/id\/content)$/

t.test('client: every route has a method', async t => {
  const bench = await build(t)
  const server = await createServer(bench.app.http, createLogger('silent'))
  await server.ready()
  t.teardown(() => server.close())
  const called: string[] = []
  let puts = 0
  const note: typeof fetch = async (url, init) => {
    called.push(`${init?.method} ${new URL(String(url)).pathname}`)
    // the second file is refused, so that the client cancels its upload
    const status = init?.method === 'PUT' && String(url).endsWith('/store') && puts++ > 0 ? 403 : 200
    return new Response(`{"items":[],"nextCursor":null,"id":"id","url":"${bench.url}/store"}`, { status })
  }
  const api: Api = createApi({ baseUrl: bench.url, token: 'x', fetch: note })
  const { uploadDirect } = api.images
  const { presets } = api.users
  await uploadDirect(blob)
  await t.rejects(uploadDirect(blob))
  const calls = callsOf(api).filter(call => call !== uploadDirect && call !== presets)
  for (const call of [...calls, ...callsOf(presets('id'))]) {
    const made = call('id', 'id', 'id')
    if (typeof made === 'object' && made !== null && 'next' in made) await (made as AsyncGenerator).next()
    else await made
  }
  const routes = server.protectedRoutes
    .filter(({ method, access }) => method !== 'HEAD' && access !== undefined)
    .map(({ method, url }) => `${method} ${url.replace(/:\w+/g, 'id')}`)
    .filter(route => !withoutCall.test(route))
  for (const route of routes) t.ok(called.includes(route), route)
})

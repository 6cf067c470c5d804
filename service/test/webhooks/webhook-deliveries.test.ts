import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { publicNetworkPolicy } from '../../net/network-policy.ts'
import { pathOfKey } from '../../storage/drivers/file/paths.ts'
import { administrator } from '../support/administrator.ts'
import { build } from '../support/build.ts'
import { openCallReceiver, type ReceivedCall } from '../support/call-receiver.ts'
import { sweepOutbox } from '../support/chores.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson, read, type Session } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'
import { create, type Delivery, deliveries, type Hook, post, redeliver } from '../support/webhook-calls.ts'

const picture = await photo(300, 200).jpeg().toBuffer()

/** The payload of a call. Its headers and signature must be correct. */
function payloadOf(t: Test, { headers, body, method }: ReceivedCall, { secret }: Hook) {
  t.equal(method, 'POST')
  t.equal(headers['content-type'], 'application/json')
  const [, time = '', v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['darkroom-signature'])) ?? []
  t.equal(v1, createHmac('sha256', secret).update(`${time}.${body}`).digest('hex'), 'the signature')
  t.ok(Math.abs(Number(time) - Date.now() / 1000) < 60, 'the time of the request')
  return JSON.parse(body)
}

/** Waits until the latest delivery of a webhook has this status. */
async function untilStatus(session: Session, hook: Hook, status: string): Promise<Delivery> {
  let latest: Delivery | undefined
  await until(`the delivery is ${status}`, 30_000, async () => {
    latest = (await deliveries(session, hook))[0]
    return latest?.status === status
  })
  return latest!
}

/** A service that may call this machine, and a receiver of its calls. */
const buildWithReceiver = async (t: Test, overrides = {}) => ({
  bench: await build(t, overrides, { ...publicNetworkPolicy, allows: address => address === '127.0.0.1' }),
  receiver: await openCallReceiver(t),
})

t.test('webhook receives the subscribed events of its user only', async t => {
  const { bench, receiver } = await buildWithReceiver(t)
  const other = await bench.join('other@example.com')
  const hook = await create(bench, `${receiver.url}/both`, 'image.ready', 'image.deleted')
  const unrelated = await create(bench, `${receiver.url}/unrelated`, 'quota.near')
  await other.upload(picture)
  const image = await bench.upload(picture, { title: 'Café', tags: 'a' })
  await until('the webhook is called', 30_000, () => receiver.calls.length === 1)
  const { id, event, createdAt, data } = payloadOf(t, receiver.calls[0]!, hook)
  t.equal(receiver.calls[0]!.path, '/both')
  t.equal(event, 'image.ready')
  const { width, height, bytes, sha256 } = image
  t.match(data, {
    imageId: image.id,
    title: 'Café',
    tags: ['a'],
    format: 'jpg',
    width,
    height,
    bytes,
    sha256,
  })
  t.match(createdAt, /^\d{4}-.*Z$/)
  const delivered = await untilStatus(bench, hook, 'delivered')
  t.match(delivered, { id, event, attempts: 1, responseCode: 200, detail: null, at: /Z$/ })

  await bench.get(`/api/v1/images/${image.id}`, { method: 'DELETE' })
  await until('the webhook is called', 30_000, () => receiver.calls.length === 2)
  const deleted = payloadOf(t, receiver.calls[1]!, hook)
  t.match(deleted, { event: 'image.deleted', data: { imageId: image.id } })
  t.strictSame(
    (await deliveries(bench, hook)).map(({ event }) => event),
    ['image.deleted', 'image.ready'],
  )
  t.strictSame(await deliveries(bench, unrelated), [])
})

t.test('a test event is sent to one webhook and listed, and a user can send ten a minute', async t => {
  const { bench, receiver } = await buildWithReceiver(t)
  const hook = await create(bench, `${receiver.url}/tested`, 'quota.near')
  const unrelated = await create(bench, `${receiver.url}/unrelated`, 'quota.near')
  const test = (session: Session) => session.get(`/api/v1/webhooks/${hook.id}/test`, { method: 'POST' })
  receiver.answer(410)
  const sent = await read<Delivery>(await test(bench), 202)
  t.match(sent, { event: 'webhook.test', status: 'pending', attempts: 0, responseCode: null })
  const failed = await untilStatus(bench, hook, 'failed')
  t.match(failed, {
    id: sent.id,
    event: 'webhook.test',
    responseCode: 410,
    detail: 'responded with status 410',
  })
  const { id, event, data } = payloadOf(t, receiver.calls[0]!, hook)
  t.strictSame({ id, event, data }, { id: sent.id, event: 'webhook.test', data: { webhookId: hook.id } })
  t.strictSame(
    receiver.calls.map(({ path }) => path),
    ['/tested'],
  )
  t.strictSame(await deliveries(bench, unrelated), [])

  receiver.answer(200)
  const answers: number[] = []
  for (let count = 0; count < 10; count++) answers.push((await test(bench)).status)
  t.strictSame(answers, [...Array.from({ length: 9 }, () => 202), 429])
  const other = await bench.join('other@example.com')
  await isProblemResponse(t, await test(other), 'not-found')
  await isProblemResponse(
    t,
    await post(bench, { url: receiver.url, events: ['webhook.test'] }),
    'bad-request',
  )
})

t.test('failed delivery is retried with the same bytes, and again on request', async t => {
  const { bench, receiver } = await buildWithReceiver(t)
  const hook = await create(bench, receiver.url, 'image.ready')
  receiver.answer(500)
  await bench.upload(picture)
  await until(
    'the first attempt has failed',
    30_000,
    async () => (await deliveries(bench, hook))[0]?.attempts === 1,
  )
  const [first] = await deliveries(bench, hook)
  t.match(first, { status: 'pending', responseCode: 500, detail: 'responded with status 500' })
  await isProblemResponse(t, await redeliver(bench, hook, first!.id), 'conflict')
  receiver.answer(204)
  t.match(await untilStatus(bench, hook, 'delivered'), { id: first!.id, responseCode: 204, detail: null })
  const bodies = new Set(receiver.calls.map(({ body }) => body))
  t.equal(bodies.size, 1)

  // as after hours of attempts
  const { database } = bench.app
  receiver.answer(302, { headers: { location: '/elsewhere' } })
  await database.query('update webhook_deliveries set status = $1, attempts = 9', ['pending'])
  await database.query(`update webhook_deliveries set due_at = now() - interval '1 second'`)
  await sweepOutbox(bench)
  const failed = await untilStatus(bench, hook, 'failed')
  t.match(failed, { attempts: 10, responseCode: 302, detail: 'responded with status 302' })
  t.notOk(
    receiver.calls.some(({ path }) => path === '/elsewhere'),
    'redirects are not followed',
  )

  receiver.answer(200)
  const before = receiver.calls.length
  t.match(await read(await redeliver(bench, hook, failed.id), 202), { id: failed.id, status: 'pending' })
  t.match(await untilStatus(bench, hook, 'delivered'), { attempts: 1, responseCode: 200 })
  t.equal(receiver.calls.length, before + 1)
  t.ok(bodies.has(receiver.calls.at(-1)!.body))
  t.equal(payloadOf(t, receiver.calls.at(-1)!, hook).id, failed.id)
})

t.test('webhook whose name resolves to this machine is not called', async t => {
  const receiver = await openCallReceiver(t)
  const bench = await build(t, {}, { ...publicNetworkPolicy, resolve: async () => ['127.0.0.1'] })
  const { port } = new URL(receiver.url)
  const hook = await create(bench, `http://receiver.example:${port}/`, 'image.ready')
  await bench.upload(picture)
  await until(
    'the attempt has failed',
    30_000,
    async () => ((await deliveries(bench, hook))[0]?.attempts ?? 0) > 0,
  )
  const [delivery] = await deliveries(bench, hook)
  t.match(delivery, { responseCode: null, detail: 'the host has no public address' })
  t.strictSame(receiver.calls, [])
})

t.test('derivative.failed is sent when a derivative cannot be rendered', async t => {
  const { bench, receiver } = await buildWithReceiver(t, { DARKROOM_HEAVY_COST_MS: '0' })
  const hook = await create(bench, receiver.url, 'derivative.failed')
  const broken = await photo(600, 400).png().toBuffer()
  const { id } = await bench.upload(broken)
  const original = join(
    bench.environment.DARKROOM_DATA_DIR!,
    'objects',
    pathOfKey(`raw/${bench.userId}/${id}-orig.png`),
  )
  await writeFile(original, broken.fill(0, 200))
  const url = await bench.sign({ imageId: id, operations: [{ op: 'resize', w: 70 }], format: 'webp' })
  await isProblemResponse(t, await bench.get(url), 'undecodable')
  await until('the webhook is called', 30_000, () => receiver.calls.length === 1)
  const { event, data } = payloadOf(t, receiver.calls[0]!, hook)
  const file = `${id}_resize_w-70.webp`
  const path = `/processed/${bench.userId}/${file}`
  t.match(
    { event, data },
    { event: 'derivative.failed', data: { imageId: id, file, path, code: 'undecodable' } },
  )
})

t.test('quota.near is sent once a day when a limit is nearly used up', async t => {
  const { bench, receiver } = await buildWithReceiver(t)
  const admin = await administrator(bench)
  const limits = { images: 5, storageBytes: picture.length * 100 }
  await read(await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, { limits }))
  const hook = await create(bench, receiver.url, 'quota.near')
  const all = await create(bench, `${receiver.url}/all`, 'image.ready')
  const upload = async (count: number) => {
    await bench.upload(picture)
    await until('the image is ingested', 30_000, async () => (await deliveries(bench, all)).length === count)
  }
  for (const count of [1, 2, 3]) await upload(count)
  t.strictSame(await deliveries(bench, hook), [])
  await upload(4)
  await untilStatus(bench, hook, 'delivered')
  await upload(5)
  const calls = receiver.calls.filter(({ path }) => path === '/')
  const [delivered] = calls.map(call => payloadOf(t, call, hook))
  t.match(delivered, { event: 'quota.near', data: { limit: 'images', used: 4, most: 5 } })
  t.equal((await deliveries(bench, hook)).length, 1)
})

import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { publicNetworkPolicy } from '../../net/network-policy.ts'
import { administrator } from '../support/administrator.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson, read, type Session } from '../support/session.ts'
import { openToldEdge, type Told } from '../support/told-edge.ts'
import { until } from '../support/until.ts'
import { create, type Delivery, deliveries, type Hook, redeliver } from '../support/webhook-calls.ts'

const picture = await photo(300, 200).jpeg().toBuffer()

/** What was told in a call, whose signature must be right. */
function toldBy(t: Test, { headers, body, method }: Told, { secret }: Hook) {
  t.equal(method, 'POST')
  t.equal(headers['content-type'], 'application/json')
  const [, time = '', v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['darkroom-signature'])) ?? []
  t.equal(v1, createHmac('sha256', secret).update(`${time}.${body}`).digest('hex'), 'the signature')
  t.ok(Math.abs(Number(time) - Date.now() / 1000) < 60, 'the time of the call')
  return JSON.parse(body)
}

/** Waits until the latest delivery of a webhook has this status. */
async function settled(session: Session, hook: Hook, status: string): Promise<Delivery> {
  let latest: Delivery | undefined
  await until(`it is ${status}`, 30_000, async () => {
    latest = (await deliveries(session, hook))[0]
    return latest?.status === status
  })
  return latest!
}

/** A service that also calls this machine, and somebody who listens there. */
const buildHooked = async (t: Test, overrides = {}) => ({
  bench: await build(t, overrides, { ...publicNetworkPolicy, allows: address => address === '127.0.0.1' }),
  receiver: await openToldEdge(t),
})

t.test('a user is told of his images, and of what he wants to know', async t => {
  const { bench, receiver } = await buildHooked(t)
  const other = await bench.join('other@example.com')
  const hook = await create(bench, `${receiver.url}/both`, 'image.ready', 'image.deleted')
  const deaf = await create(bench, `${receiver.url}/deaf`, 'quota.near')
  await other.upload(picture)
  const image = await bench.upload(picture, { title: 'Café', tags: 'a' })
  await until('it is told', 30_000, () => receiver.calls.length === 1)
  const { id, event, createdAt, data } = toldBy(t, receiver.calls[0]!, hook)
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
  const told = await settled(bench, hook, 'delivered')
  t.match(told, { id, event, attempts: 1, responseCode: 200, detail: null, at: /Z$/ })

  await bench.get(`/api/v1/images/${image.id}`, { method: 'DELETE' })
  await until('it is told', 30_000, () => receiver.calls.length === 2)
  const deleted = toldBy(t, receiver.calls[1]!, hook)
  t.match(deleted, { event: 'image.deleted', data: { imageId: image.id } })
  t.strictSame(
    (await deliveries(bench, hook)).map(({ event }) => event),
    ['image.deleted', 'image.ready'],
  )
  t.strictSame(await deliveries(bench, deaf), [])
})

t.test('who fails is told again, the same byte for byte, and once more when he asks for it', async t => {
  const { bench, receiver } = await buildHooked(t)
  const hook = await create(bench, receiver.url, 'image.ready')
  receiver.answer(500)
  await bench.upload(picture)
  await until('it was told in vain', 30_000, async () => (await deliveries(bench, hook))[0]?.attempts === 1)
  const [first] = await deliveries(bench, hook)
  t.match(first, { status: 'pending', responseCode: 500, detail: 'it answered 500' })
  await isProblemResponse(t, await redeliver(bench, hook, first!.id), 'conflict')
  receiver.answer(204)
  t.match(await settled(bench, hook, 'delivered'), { id: first!.id, responseCode: 204, detail: null })
  const bodies = new Set(receiver.calls.map(({ body }) => body))
  t.equal(bodies.size, 1)

  // as if it had been tried for hours
  const { database } = bench.app
  receiver.answer(302, { headers: { location: '/elsewhere' } })
  await database.query('update webhook_deliveries set status = $1, attempts = 9', ['pending'])
  await database.query(`update webhook_deliveries set due_at = now() - interval '1 second'`)
  await bench.app.ingest.sweepOutbox(new AbortController().signal)
  const failed = await settled(bench, hook, 'failed')
  t.match(failed, { attempts: 10, responseCode: 302, detail: 'it answered 302' })
  t.notOk(
    receiver.calls.some(({ path }) => path === '/elsewhere'),
    'redirects are not followed',
  )

  receiver.answer(200)
  const before = receiver.calls.length
  t.match(await read(await redeliver(bench, hook, failed.id), 202), { id: failed.id, status: 'pending' })
  t.match(await settled(bench, hook, 'delivered'), { attempts: 1, responseCode: 200 })
  t.equal(receiver.calls.length, before + 1)
  t.ok(bodies.has(receiver.calls.at(-1)!.body))
  t.equal(toldBy(t, receiver.calls.at(-1)!, hook).id, failed.id)
})

t.test('a name that leads to this machine is not called', async t => {
  const receiver = await openToldEdge(t)
  const bench = await build(t)
  const { port } = new URL(receiver.url)
  const hook = await create(bench, `http://localhost:${port}/`, 'image.ready')
  await bench.upload(picture)
  await until(
    'it was not called',
    30_000,
    async () => ((await deliveries(bench, hook))[0]?.attempts ?? 0) > 0,
  )
  const [delivery] = await deliveries(bench, hook)
  t.match(delivery, { responseCode: null, detail: 'the host has no public address' })
  t.strictSame(receiver.calls, [])
})

t.test('a user is told of a derivative that cannot be made', async t => {
  const { bench, receiver } = await buildHooked(t, { DARKROOM_HEAVY_COST_MS: '0' })
  const hook = await create(bench, receiver.url, 'derivative.failed')
  const broken = await photo(600, 400).png().toBuffer()
  const { id } = await bench.upload(broken)
  const original = join(bench.environment.DARKROOM_DATA_DIR!, 'objects/raw', bench.userId, `${id}-orig.png`)
  await writeFile(original, broken.fill(0, 200))
  const url = await bench.sign({ imageId: id, operations: [{ op: 'resize', w: 70 }], format: 'webp' })
  await isProblemResponse(t, await bench.get(url), 'undecodable')
  await until('it is told', 30_000, () => receiver.calls.length === 1)
  const { event, data } = toldBy(t, receiver.calls[0]!, hook)
  const file = `${id}_resize_w-70.webp`
  const path = `/processed/${bench.userId}/${file}`
  t.match(
    { event, data },
    { event: 'derivative.failed', data: { imageId: id, file, path, code: 'undecodable' } },
  )
})

t.test('a user is told once a day that a limit is near', async t => {
  const { bench, receiver } = await buildHooked(t)
  const admin = await administrator(bench)
  const limits = { images: 5, storageBytes: picture.length * 100 }
  await read(await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, { limits }))
  const hook = await create(bench, receiver.url, 'quota.near')
  const all = await create(bench, `${receiver.url}/all`, 'image.ready')
  const upload = async (count: number) => {
    await bench.upload(picture)
    await until('it is taken in', 30_000, async () => (await deliveries(bench, all)).length === count)
  }
  for (const count of [1, 2, 3]) await upload(count)
  t.strictSame(await deliveries(bench, hook), [])
  await upload(4)
  await settled(bench, hook, 'delivered')
  await upload(5)
  const calls = receiver.calls.filter(({ path }) => path === '/')
  const [told] = calls.map(call => toldBy(t, call, hook))
  t.match(told, { event: 'quota.near', data: { limit: 'images', used: 4, most: 5 } })
  t.equal((await deliveries(bench, hook)).length, 1)
})

import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { administrator } from '../support/administrator.ts'
import { type Bench, build } from '../support/build.ts'
import { type CallReceiver, openCallReceiver } from '../support/call-receiver.ts'
import { sweep } from '../support/chores.ts'
import { freePort } from '../support/free-port.ts'
import { objectsOf } from '../support/objects.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { blue, replace } from '../support/replace.ts'
import { startDedicatedNats } from '../support/services/nats.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(300, 200).jpeg().toBuffer()
const secret = 'a-secret-of-the-edge'

/** A service that purges this CDN. */
const buildBehind = (t: Test, edge: CallReceiver) =>
  build(t, { DARKROOM_EDGE_PURGE: `${edge.url}/purge?zone=1`, DARKROOM_EDGE_TOKEN: secret })

const purgeImage = (bench: Bench, id: string) => bench.get(`/api/v1/images/${id}/purge`, { method: 'POST' })

t.test('purge sends the CDN a signed call after the objects are deleted', async t => {
  const edge = await openCallReceiver(t)
  const bench = await buildBehind(t, edge)
  const [logo, host] = [await bench.upload(picture), await bench.upload(picture)]
  for (const rest of [`${logo.id}.png`, `${host.id}_overlay_i-${logo.id}.png`])
    await bytesOf(await bench.get(await bench.sign(`/processed/${bench.userId}/${rest}`)))
  await bench.app.delivery.derivativeWriter.idle()
  const left: string[][] = []
  edge.answer(200, { onCall: async () => void left.push(await objectsOf(bench, 'processed')) })

  const started = Math.floor(Date.now() / 1000)
  await read(await purgeImage(bench, logo.id))
  await until('the CDN is called', 10_000, () => edge.calls.length === 2)
  t.strictSame(left.flat(), [], 'no object is left that the CDN could fetch')
  t.strictSame(edge.tags().sort(), [`i-${logo.id}`, `i-${host.id}`].sort())
  for (const { method, path, headers, body } of edge.calls) {
    t.strictSame([method, path, headers['content-type']], ['POST', '/purge?zone=1', 'application/json'])
    const { tags, reason, at, ...rest } = JSON.parse(body)
    t.strictSame(body, JSON.stringify({ tags, reason: 'purge', at }))
    t.strictSame(rest, {})
    t.ok(at >= started && at <= Date.now() / 1000)
    const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(`${headers['darkroom-signature']}`) ?? []
    t.ok(Number(time) >= started)
    t.equal(signature, createHmac('sha256', secret).update(`${time}.${body}`).digest('hex'))
    t.notMatch(JSON.stringify(headers), secret)
  }

  await read(await purgeImage(bench, logo.id))
  await until('the CDN is called again', 10_000, () => edge.calls.length === 3)
  t.equal((await bench.get(`/api/v1/images/${logo.id}`, { method: 'DELETE' })).status, 204)
  await until('the CDN is called for the deletion', 10_000, () => edge.calls.length === 4)
  t.match(JSON.parse(edge.calls.at(-1)?.body ?? ''), { tags: [`i-${logo.id}`], reason: 'delete' })
  await read(await replace(bench, host.id, blue))
  await until('the CDN is called for the replacement', 10_000, () => edge.calls.length === 5)
  t.match(JSON.parse(edge.calls.at(-1)?.body ?? ''), { tags: [`i-${host.id}`], reason: 'purge' })
  await read(await callJson(bench, 'POST', '/api/v1/purge', { all: true }), 202)
  await until('the CDN is called for the user', 10_000, () => edge.tags().includes(`u-${bench.userId}`))
})

t.test('Cloudflare and Fastly get their own purge calls and tag headers', async t => {
  const edge = await openCallReceiver(t)
  const bench = await build(t, {
    DARKROOM_EDGE_PURGE: `cloudflare://Zone1?api=${edge.url} fastly://SU1Z0isx?api=${edge.url}/base/`,
    DARKROOM_EDGE_TOKEN: 'token-of-cloudflare token-of-fastly',
  })
  const { id, rawUrl } = await bench.upload(picture)
  const url = await bench.sign({ imageId: id, format: 'png' })
  const [userTag, imageTag] = [`u-${bench.userId}`, `i-${id}`]
  for (const one of [url, url, url, rawUrl]) {
    const response = await bench.get(one, { headers: { connection: 'close' } })
    // `fetch` of Node 24 ends the process if such a connection ends with some of the body unread
    await response.arrayBuffer()
    const { headers } = response
    t.equal(headers.get('cache-tag'), `${userTag},${imageTag}`)
    t.equal(headers.get('surrogate-key'), `${userTag} ${imageTag}`)
  }
  await read(await purgeImage(bench, id))
  await until('both CDNs are called', 10_000, () => edge.calls.length === 2)
  const [fastly, cloudflare] = [...edge.calls].sort((a, b) => (a.path < b.path ? -1 : 1))
  t.match(cloudflare, {
    method: 'POST',
    path: '/client/v4/zones/Zone1/purge_cache',
    body: JSON.stringify({ tags: [imageTag] }),
  })
  t.equal(cloudflare?.headers.authorization, 'Bearer token-of-cloudflare')
  t.match(fastly, {
    method: 'POST',
    path: '/base/service/SU1Z0isx/purge',
    body: JSON.stringify({ surrogate_keys: [imageTag] }),
  })
  t.equal(fastly?.headers['fastly-key'], 'token-of-fastly')
})

t.test('failed and rate-limited purge calls are retried until they succeed', async t => {
  const edge = await openCallReceiver(t)
  const bench = await buildBehind(t, edge)
  const { id } = await bench.upload(picture)
  edge.answer(500)
  await read(await purgeImage(bench, id))
  await until('two calls have failed', 20_000, () => edge.calls.length >= 2)
  edge.answer(429, { headers: { 'retry-after': '0' } })
  const count = edge.calls.length
  await until('the CDN has limited the rate', 20_000, () => edge.calls.length > count)
  edge.answer(200)
  await until(
    'the call has succeeded',
    20_000,
    async () =>
      (await bench.metric('darkroom_jobs_total', { name: 'purge-edge' })) > 0 &&
      edge.calls.length > count + 1,
  )
  t.strictSame(new Set(edge.tags()), new Set([`i-${id}`]))
  const failed = await bench.app.database.query('select * from failed_jobs')
  t.strictSame(failed, [])
})

t.test('unreachable CDN is called when it listens again', async t => {
  const port = await freePort()
  const bench = await build(t, {
    DARKROOM_EDGE_PURGE: `http://127.0.0.1:${port}/`,
    DARKROOM_EDGE_TOKEN: secret,
  })
  const { id } = await bench.upload(picture)
  await read(await purgeImage(bench, id))
  await until(
    'the call has failed',
    10_000,
    async () => (await bench.metric('darkroom_jobs_total', { name: 'purge-edge' })) >= 1,
  )
  const server = createServer()
  t.teardown(() => server.close())
  const connection = once(server, 'connection')
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const [socket] = await connection
  const [request] = await once(socket, 'data')
  t.match(String(request), /^POST \/ HTTP/)
  socket.end('HTTP/1.1 204 No Content\r\n\r\n')
  await until(
    'the job is done',
    10_000,
    async () => (await bench.metric('darkroom_jobs_total', { name: 'purge-edge' })) >= 2,
  )
})

t.test('rejected purge call is shown to administrators without secrets, and can be retried', async t => {
  const edge = await openCallReceiver(t)
  const elsewhere = await openCallReceiver(t)
  const bench = await buildBehind(t, edge)
  const admin = await administrator(bench)
  const { id } = await bench.upload(picture)
  edge.answer(302, { headers: { location: `${elsewhere.url}/stolen` }, body: secret })
  await read(await purgeImage(bench, id))
  interface Jobs {
    items: { id: string; name: string; detail: string; userId: string | null; state: string }[]
  }
  const listed = async (session: Pick<Bench, 'get'>) =>
    (await read<Jobs>(await session.get('/api/v1/jobs'))).items
  await until('the job is given up', 10_000, async () => (await listed(admin)).length === 1)
  const [job] = await listed(admin)
  t.match(job, {
    name: 'purge-edge',
    state: 'failed',
    userId: null,
    detail: 'the CDN (generic) responded with status 302',
  })
  t.strictSame(await listed(bench), [], 'members do not see the job')
  const [row] = await bench.app.database.query('select * from failed_jobs')
  t.notMatch(JSON.stringify(row), secret)
  t.notMatch(JSON.stringify(row), edge.url)
  t.equal(elsewhere.calls.length, 0, 'redirects are not followed')
  const left = () => bench.app.database.query('select id from edge_calls')
  await until('the recorded call is removed', 5_000, async () => (await left()).length === 0)

  edge.answer(200)
  const retry = (session: Pick<Bench, 'get'>) =>
    session.get(`/api/v1/jobs/${job?.id}/retry`, { method: 'POST' })
  t.equal((await retry(bench)).status, 404)
  t.equal((await retry(admin)).status, 202)
  await until('the CDN is called', 10_000, () => edge.calls.length === 2)
  t.strictSame(await listed(admin), [])
})

const nats = await startDedicatedNats()
t.teardown(() => nats?.stop())
const skip = nats ? false : 'there is no NATS server'

t.test('a purge fails when its call cannot be enqueued, and the sweep completes it', { skip }, async t => {
  if (nats === undefined) return
  const edge = await openCallReceiver(t)
  const bench = await build(t, {
    NATS_URL: nats.url,
    DARKROOM_EDGE_PURGE: edge.url,
    DARKROOM_EDGE_TOKEN: secret,
  })
  const { id } = await bench.upload(picture)
  await bytesOf(await bench.get(await bench.sign({ imageId: id, format: 'png' })))
  await bench.app.delivery.derivativeWriter.idle()
  await nats.kill()
  await isProblemResponse(t, await purgeImage(bench, id), 'unavailable')
  t.strictSame(await objectsOf(bench, 'processed'), [], 'the objects are deleted nevertheless')
  await nats.restart()
  await until('the sweep has called the CDN', 30_000, async () => {
    await sweep(bench)
    return edge.calls.length > 0
  })
  t.match(edge.tags()[0], `i-${id}`)
})

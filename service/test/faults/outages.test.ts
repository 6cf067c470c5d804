import { buildCluster, type Member } from '../support/cluster.ts'
import { put, settled } from '../support/eager.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { startDedicatedNats } from '../support/services/nats.ts'
import { startDedicatedPostgres } from '../support/services/postgres.ts'
import { createBucket, startDedicatedS3 } from '../support/services/s3.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(400, 300).jpeg().toBuffer()
/** Always rendered in a job. */
const drawing = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><circle cx="150" cy="100" r="80" fill="#c33"/></svg>',
)
/** How long the outage or return of a part may take to be noticed, in milliseconds. */
const noticedMs = 30_000

const parts = await Promise.all([startDedicatedNats(), startDedicatedS3(), startDedicatedPostgres()])
t.teardown(() => Promise.all(parts.map(part => part?.stop())))
const [nats, s3, postgres] = parts
const skip = nats && s3 ? false : 'there is no NATS or no S3 server'

/** An http process and a worker on dedicated servers, and paths that they serve. */
async function startProcesses(s3Server: NonNullable<typeof s3>, natsUrl: string) {
  const cluster = await buildCluster(t, natsUrl, {
    DATABASE_URL: postgres.url,
    DARKROOM_STORAGE_URL: `s3://${await createBucket(s3Server)}?endpoint=${s3Server.endpoint}`,
    AWS_ACCESS_KEY_ID: s3Server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3Server.secretAccessKey,
    AWS_REGION: 'us-east-1',
    LOG_LEVEL: 'silent',
  })
  const first = await cluster.http()
  const worker = await cluster.worker()
  const before = await cluster.session(first)
  const [known, unseen, drawn] = [
    await before.upload(picture),
    await before.upload(picture),
    await before.upload(drawing),
  ]
  const sign = async (id: string, width: number, format = 'jpg') => {
    const url = new URL(await before.sign({ imageId: id, operations: [{ op: 'resize', w: width }], format }))
    return url.pathname + url.search
  }
  const paths = {
    memory: await sign(known.id, 10),
    stored: await Promise.all([20, 21, 22].map(width => sign(known.id, width))),
    cold: await Promise.all([30, 31, 32].map(width => sign(known.id, width))),
    unseen: await sign(unseen.id, 10),
    heavy: await Promise.all([50, 51, 52, 53, 54].map(width => sign(drawn.id, width, 'png'))),
  }
  await tiersOf(first, [paths.memory, ...paths.stored, paths.heavy[0]!])
  // when the process has ended, its derivatives are in the store; the next process starts with an empty memory
  await first.end('SIGTERM')
  const http = await cluster.http()
  await tiersOf(http, [paths.memory])
  return { http, worker, session: await cluster.session(http), paths }
}

/** The responses to these paths, one after the other: the cache tier of an image, or the status of an error. */
async function tiersOf({ url }: Member, paths: readonly string[]): Promise<string[]> {
  const tiers: string[] = []
  for (const path of paths) {
    const response = await fetch(url + path)
    if (response.status === 200) await bytesOf(response)
    else await response.body?.cancel()
    tiers.push(response.headers.get('darkroom-cache') ?? String(response.status))
  }
  return tiers
}

const statusesOf = async (path: string, members: readonly Member[]) =>
  Promise.all(members.map(async member => (await tiersOf(member, [path]))[0]))

/** Waits until both processes report that they are ready, or not. */
const bothSay = (members: readonly Member[], status: '200' | '503') =>
  until(`both say ${status}`, noticedMs, async () =>
    (await statusesOf('/readyz', members)).every(found => found === status),
  )

const served = (http: Member, path: string) =>
  until(`${path} is served`, noticedMs, async () => !/^\d/.test((await tiersOf(http, [path]))[0]!))

const isRefused = async (t: Test, http: Member, path: string) =>
  isProblemResponse(t, await fetch(http.url + path), 'unavailable', path)

const processes = nats && s3 ? await startProcesses(s3, nats.url) : undefined

/** Expects that neither process was restarted. */
async function bothLive(t: Test, members: readonly Member[]) {
  t.strictSame(await statusesOf('/healthz', members), ['200', '200'], 'no process has ended')
}

t.test(
  'during a NATS outage light work continues, heavy work is rejected and recovers',
  { skip },
  async t => {
    const { http, worker, paths } = processes!
    const [stored, cold, ...heavy] = [paths.stored[0]!, paths.cold[0]!, ...paths.heavy]
    t.strictSame(await tiersOf(http, [paths.memory, heavy[0]!]), ['memory', 'store'])
    await nats!.kill()
    await bothSay([http, worker], '503')
    await isRefused(t, http, heavy[1]!)
    t.strictSame(await tiersOf(http, [paths.memory, stored, cold, heavy[0]!]), [
      'memory',
      'store',
      'miss',
      'memory',
    ])
    await bothLive(t, [http, worker])

    await nats!.restart()
    await served(http, heavy[1]!)
    await bothSay([http, worker], '200')
  },
)

/** Creates a webhook and an eager preset, which earlier images do not have, and uploads an image. */
async function uploadFollowed(session: Session) {
  const webhook = { url: 'https://example.com/', events: ['image.ready'] }
  const { id: hook } = await read<{ id: string }>(
    await callJson(session, 'POST', '/api/v1/webhooks', webhook),
    201,
  )
  await put(session, 'thumb', 'resize_w-60')
  const { id } = await session.upload(picture)
  const itemsOf = async (path: string) =>
    (await read<{ items: Record<string, unknown>[] }>(await session.get(path))).items
  return {
    id,
    jobs: async () => (await itemsOf('/api/v1/jobs')).filter(({ imageId }) => imageId === id),
    events: () => itemsOf(`/api/v1/webhooks/${hook}/deliveries`),
  }
}

/** The number of attempts after which an ingest would be given up if attempts during an outage counted. */
const maxAttempts = 5

t.test('during an S3 outage memory hits continue, the rest is rejected and recovers', { skip }, async t => {
  const { http, worker, session, paths } = processes!
  const [stored, cold, heavy, late] = [paths.stored[1]!, paths.cold[1]!, paths.heavy[2]!, paths.heavy[3]!]
  const underWay = tiersOf(http, [late])
  const followed = await uploadFollowed(session)
  await s3!.kill()
  await bothSay([http, worker], '503')
  t.strictSame(await tiersOf(http, [paths.memory, paths.memory]), ['memory', 'memory'])
  for (const path of [stored, cold, heavy]) await isRefused(t, http, path)
  await isProblemResponse(t, await session.tryUpload(picture), 'unavailable', 'upload')
  await underWay
  await until('the ingest is not given up after its maximum number of attempts', noticedMs, async () =>
    (await followed.jobs()).some(({ attempts }) => Number(attempts) >= maxAttempts),
  )
  const [waiting] = await followed.jobs()
  t.match(waiting, { name: 'ingest', state: 'waiting', code: 'unavailable' })
  t.equal((await session.get(`/api/v1/jobs/${waiting?.id}/retry`, { method: 'POST' })).status, 202)
  t.match(await followed.jobs(), [{ id: waiting?.id, state: 'waiting' }], 'it is still waiting')
  t.strictSame(await followed.events(), [], 'the image is not ready')
  await bothLive(t, [http, worker])

  await s3!.restart()
  for (const path of [stored, cold, heavy, late]) await served(http, path)
  await bothSay([http, worker], '200')
  await until('the image is ready', noticedMs, async () => (await followed.events()).length > 0)
  const image = await read<{ thumbhash: unknown }>(await session.get(`/api/v1/images/${followed.id}`))
  t.type(image.thumbhash, 'string')
  t.match(await settled(session, followed.id), { total: 2, ready: 2 })
  t.match(await followed.events(), [{ event: 'image.ready' }], 'exactly once')
  t.strictSame(await followed.jobs(), [])
  await session.upload(picture)
})

t.test(
  'during a Postgres outage known images are served, the rest is rejected and recovers',
  { skip },
  async t => {
    const { http, worker, session, paths } = processes!
    const [stored, cold, heavy] = [paths.stored[2]!, paths.cold[2]!, paths.heavy[4]!]
    await postgres.shutDown()
    await bothSay([http, worker], '503')
    t.strictSame(await tiersOf(http, [paths.memory, stored, cold, paths.memory]), [
      'memory',
      'store',
      'miss',
      'memory',
    ])
    await isRefused(t, http, paths.unseen)
    await isProblemResponse(t, await session.get('/api/v1/images'), 'unavailable', 'list')
    await isProblemResponse(t, await session.tryUpload(picture), 'unavailable', 'upload')
    await bothLive(t, [http, worker])

    await postgres.restart()
    for (const path of [paths.unseen, heavy]) await served(http, path)
    await bothSay([http, worker], '200')
    await session.upload(picture)
  },
)

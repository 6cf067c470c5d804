import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { connect as connectNats } from 'nats'
import sharp from 'sharp'
import { buildCluster, countRenders, type Member } from '../support/cluster.ts'
import { compare, photo } from '../support/pictures.ts'
import { sharedNats } from '../support/services/nats.ts'
import { createBucket, sharedS3 } from '../support/services/s3.ts'
import { bytesOf, read, type Session } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

/** The number of requested derivatives, and the range of responses after which a process is killed. */
const count = 300
const [earliest, latest] = [20, 200]
/** The attempts of a job, and the jobs that a worker runs at the same time. */
const attempts = 5
const jobsPerWorker = 2
/** Seeds the moments at which processes are killed. The test prints it. */
const seed = Number(process.env.DARKROOM_TEST_SEED ?? Math.floor(Math.random() * 1e6))

const picture = await photo(600, 400).png().toBuffer()
const [nats, s3] = await Promise.all([sharedNats(), sharedS3()])
t.teardown(() => Promise.all([nats?.stop(), s3?.stop()]))
const skip = nats && s3 ? false : 'there is no NATS or no S3 server'
const prefix = `test-${randomUUID().slice(0, 13)}`

/** Two http processes and two workers with a shared store. */
async function startProcesses(natsUrl: string, s3Server: NonNullable<typeof s3>) {
  const cluster = await buildCluster(t, natsUrl, {
    NATS_URL: `${natsUrl}?prefix=${prefix}`,
    DARKROOM_STORAGE_URL: `s3://${await createBucket(s3Server)}?endpoint=${s3Server.endpoint}`,
    AWS_ACCESS_KEY_ID: s3Server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3Server.secretAccessKey,
    AWS_REGION: 'us-east-1',
    // every rendering is a job, so small images are enough
    DARKROOM_HEAVY_COST_MS: '0',
    DARKROOM_CONCURRENCY: '1',
  })
  const https = [await cluster.http()]
  const more = [cluster.http(), cluster.worker(), cluster.worker()] as const
  const [other, ...workers] = await Promise.all(more)
  https.push(other)
  const session = await cluster.session(https[0]!)
  const { id } = await session.upload(picture)
  return {
    cluster,
    https,
    workers,
    session,
    imageId: id,
    renders: await countRenders(cluster.database),
  }
}

const processes = nats && s3 ? await startProcesses(nats.url, s3) : undefined

/** A signed path, valid at every process. */
async function sign(session: Session, imageId: string, width: number): Promise<string> {
  const operations = [{ op: 'resize', w: width }]
  const url = new URL(await session.sign({ imageId, operations, format: 'webp' }))
  return url.pathname + url.search
}

/** Reproducible random numbers from 0 to below 1 (a linear congruential generator; Knuth). */
function randomOf(start: number): () => number {
  let state = start
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** The image of a complete response; undefined for an error or a lost connection. */
async function ask(url: string): Promise<Buffer | undefined> {
  const response = await fetch(url).catch(() => undefined)
  if (response?.status === 200) return bytesOf(response).catch(() => undefined)
  await response?.body?.cancel().catch(() => {})
  return undefined
}

/** Whether a file is the complete image in this width, to its last row. */
async function isPicture(file: Buffer, width: number): Promise<boolean> {
  const decoded = sharp(file, { failOn: 'warning' })
  const expected = sharp(picture).resize(width).webp({ quality: 79 })
  const { mean } = await compare(await decoded.png().toBuffer(), await expected.toBuffer())
  return mean < 6
}

t.test(
  'heavy derivative requested from four processes at the same time is rendered once',
  { skip },
  async t => {
    const { cluster, https, session, imageId, renders } = processes!
    const more = await Promise.all([cluster.http(), cluster.http()])
    const four = [...https, ...more]
    // a process that is slow to answer its first request could ask after the rendering
    const original = new URL(await session.sign(`/raw/${session.userId}/${imageId}-orig.png`))
    for (const { url } of more) await bytesOf(await fetch(url + original.pathname + original.search))
    const path = await sign(session, imageId, 90)
    const answers = await Promise.all([...four, ...four].map(({ url }) => fetch(url + path)))
    const files = await Promise.all(answers.map(bytesOf))
    t.ok(await isPicture(files[0]!, 90))
    t.ok(files.every(file => file.equals(files[0]!)))
    const tiers = answers.map(({ headers }) => headers.get('darkroom-cache'))
    t.equal(tiers.filter(tier => tier === 'miss').length, 1, `${tiers}`)
    await until('the rendering is recorded', 10_000, async () => (await renders()).size === 1)
    t.strictSame([...(await renders()).values()], [1])
    await Promise.all(more.map(member => member.end('SIGTERM')))
  },
)

/** Waits for a moment, then kills a process and starts a replacement. @returns the value of `moment` */
async function replace<T>(
  members: Member[],
  at: number,
  moment: () => Promise<T>,
  next: () => Promise<Member>,
): Promise<T> {
  const value = await moment()
  await members[at]!.end('SIGKILL')
  members[at] = await next()
  return value
}

/** Repeats a request at alternating processes until it is answered with an image. */
async function askUntilServed(https: readonly Member[], path: string, first: number): Promise<Buffer> {
  for (let turn = first; ; turn++) {
    const file = await ask(https[turn % https.length]!.url + path)
    if (file) return file
    await setTimeout(200)
  }
}

async function areServedBy(t: Test, https: readonly Member[], paths: readonly string[]) {
  for (const { url } of https) {
    const answers = await Promise.all(paths.map(path => fetch(url + path)))
    const files = await Promise.all(answers.map(bytesOf))
    t.ok(files.every(file => file.length > 0))
    const rendered = answers.filter(({ headers }) => headers.get('darkroom-cache') === 'miss')
    t.equal(rendered.length, 0, 'nothing is rendered again')
  }
}

t.test('every request is answered with its image while processes are killed', { skip }, async t => {
  const { cluster, https, workers, session, imageId, renders } = processes!
  t.comment(`DARKROOM_TEST_SEED=${seed}`)
  const random = randomOf(seed)
  const widths = Array.from({ length: count }, (_, index) => 101 + index)
  const paths: string[] = []
  for (const width of widths) paths.push(await sign(session, imageId, width))
  let answered = 0
  const moment = () => {
    const [progress, restMs] = [earliest + random() * (latest - earliest), random() * 200]
    return async () => {
      await until(`${progress} are answered`, 120_000, () => answered >= progress)
      await setTimeout(restMs)
      return answered
    }
  }
  const files = paths.map(async (path, index) => {
    const file = await askUntilServed(https, path, index)
    answered++
    return file
  })
  const victim = () => Math.floor(random() * 2)
  const deaths = await Promise.all([
    replace(https, victim(), moment(), cluster.http),
    replace(workers, victim(), moment(), cluster.worker),
  ])
  for (const death of deaths) t.ok(death < count, `a process died after ${death} answers`)

  for (const [index, width] of widths.entries()) {
    if (!(await isPicture(await files[index]!, width))) t.fail(`this is not the picture ${width} pixels wide`)
  }
  await areServedBy(t, https, paths)
  const names = widths.map(width => `${imageId}_resize_w-${width}.webp`)
  const times = async () => {
    const counts = await renders()
    return names.map(name => counts.get(name) ?? 0)
  }
  await until('all renderings are recorded', 10_000, async () => Math.min(...(await times())) >= 1)
  const counts = await times()
  t.ok(Math.max(...counts) <= attempts, `${Math.max(...counts)} renders of one`)
  const twice = counts.reduce((sum, one) => sum + one, 0) - count
  t.ok(
    twice <= jobsPerWorker,
    `${twice} were rendered again, at most ${jobsPerWorker} ran in the killed worker`,
  )
  t.strictSame(
    (await read<{ items: unknown[] }>(await (await cluster.session(https[0]!)).get('/api/v1/jobs'))).items,
    [],
  )
  await isEmpty()
})

/** Waits until no job waits or runs. */
async function isEmpty(): Promise<void> {
  const connection = await connectNats({ servers: nats!.url })
  const { streams } = await connection.jetstreamManager()
  const jobs = async () => (await streams.info(`${prefix}-jobs`)).state.messages
  await until('the queue is empty', 60_000, async () => (await jobs()) === 0).finally(() =>
    connection.close(),
  )
}

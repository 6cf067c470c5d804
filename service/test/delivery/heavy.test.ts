import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { pathOfKey } from '../../storage/drivers/file/paths.ts'
import { type Bench, build } from '../support/build.ts'
import { draw, photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { run } from '../support/program.ts'
import { startDedicatedNats } from '../support/services/nats.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

/** Makes every render heavy, so that small images are enough. */
const heavy = { DARKROOM_HEAVY_COST_MS: '0' }
const picture = await photo(600, 400).png().toBuffer()
const large = await photo(2400, 1600).jpeg({ quality: 90 }).toBuffer()
const drawing = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><circle cx="150" cy="100" r="80" fill="#c33"/></svg>',
)
/** The left half is red, the right half blue. */
const halves = () =>
  draw(400, 100, x => (x < 200 ? [255, 0, 0] : [0, 0, 255]))
    .png()
    .toBuffer()
const nats = await startDedicatedNats()
t.teardown(() => nats?.stop())

/** The number of finished attempts of render jobs. Jobs of other kinds, which uploads enqueue, are not counted. */
const countRenderJobs = (bench: Bench) => bench.metric('darkroom_jobs_total', { name: 'develop' })

/** The render jobs that have failed for good. */
async function failedRenderJobs(session: Session): Promise<Record<string, unknown>[]> {
  const { items } = await read<{ items: Record<string, unknown>[] }>(await session.get('/api/v1/jobs'))
  return items.filter(({ name }) => name === 'develop')
}

async function widthOf(response: Response): Promise<number> {
  return (await sharp(await bytesOf(response)).metadata()).width
}

async function timed<T>(work: Promise<T>): Promise<[T, ms: number]> {
  const startedAt = performance.now()
  return [await work, performance.now() - startedAt]
}

t.test(
  'while NATS is down heavy renders are refused at once and light ones work; later heavy ones work again',
  async t => {
    if (nats === undefined) return
    const bench = await build(t, { NATS_URL: nats.url })
    const [light, drawn] = [await bench.upload(picture), await bench.upload(drawing)]
    const lightUrl = (w: number) =>
      bench.sign({ imageId: light.id, operations: [{ op: 'resize', w }], format: 'jpg' })
    const heavyUrl = (w: number) =>
      bench.sign({ imageId: drawn.id, operations: [{ op: 'resize', w }], format: 'png' })
    t.equal(await widthOf(await bench.get(await heavyUrl(50))), 50)
    await until('a job has rendered it', 5000, async () => (await countRenderJobs(bench)) === 1)
    t.equal(await widthOf(await bench.get(await lightUrl(50))), 50)
    t.equal(await countRenderJobs(bench), 1, 'a light render is not a job')

    await nats.kill()
    const refused = await heavyUrl(60)
    for (let round = 0; round < 3; round++) {
      const [response, ms] = await timed(bench.get(refused))
      await isProblemResponse(t, response, 'unavailable')
      t.ok(ms < 4_000, `refused after ${Math.round(ms)} ms`)
    }
    const [answer, ms] = await timed(bench.get(await lightUrl(60)))
    t.equal(await widthOf(answer), 60)
    t.ok(ms < 4_000, `the light render took ${Math.round(ms)} ms`)
    t.equal((await bench.get('/readyz')).status, 503)

    await nats.restart()
    await until('heavy renders work again', 15_000, async () => {
      const response = await bench.get(refused)
      if (response.status === 200) return (await widthOf(response)) === 60
      await response.body?.cancel()
      return false
    })
  },
)

t.test('the cost estimate is scaled by measured render times of each format', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const scaleOf = async (format: string) => {
    const text = await bench.app.metrics.text()
    return Number(new RegExp(`^darkroom_cost_scale{format="${format}"} (.*)$`, 'm').exec(text)?.[1])
  }
  for (let width = 301; width <= 305; width++) {
    t.same(await scaleOf('webp'), Number.NaN, `no scale before the render of width ${width}`)
    const operations = [{ op: 'resize', w: width }]
    await widthOf(await bench.get(await bench.sign({ imageId: id, operations, format: 'webp' })))
  }
  const scale = await scaleOf('webp')
  t.ok(scale >= 0.2 && scale <= 8, `${scale}`)
  t.same(await scaleOf('jpg'), Number.NaN)
})

t.test('a render job of a damaged image fails once, is listed, and can be retried', async t => {
  const first = await build(t, heavy)
  const { id } = await first.upload(picture)
  const original = join(
    first.environment.DARKROOM_DATA_DIR!,
    'objects',
    pathOfKey(`raw/${first.userId}/${id}-orig.png`),
  )
  await writeFile(original, Buffer.concat([picture.subarray(0, 200), Buffer.alloc(picture.length - 200)]))
  const url = await first.sign({ imageId: id, operations: [{ op: 'resize', w: 70 }], format: 'webp' })
  for (let round = 0; round < 3; round++) {
    await isProblemResponse(t, await first.get(url), 'undecodable', `request ${round + 1}`)
  }
  t.equal(await countRenderJobs(first), 1, 'the job was attempted once')

  const items = await failedRenderJobs(first)
  const expected = { name: 'develop', state: 'failed', imageId: id, code: 'undecodable', attempts: 1 }
  t.match(items, [expected])
  const retry = `/api/v1/jobs/${items[0]!.id}/retry`
  const other = await first.join('other@example.com')
  t.strictSame((await read<{ items: unknown[] }>(await other.get('/api/v1/jobs'))).items, [])
  await isProblemResponse(t, await other.get(retry, { method: 'POST' }), 'not-found')

  await writeFile(original, picture)
  const bench = await first.restart()
  await isProblemResponse(t, await bench.get(url), 'undecodable', 'the failure is remembered after a restart')
  t.equal((await bench.get(retry, { method: 'POST' })).status, 202)
  t.equal(await widthOf(await bench.get(url)), 70)
  t.strictSame(await failedRenderJobs(bench), [])
})

t.test('a heavy render uses the focal point that was just changed', async t => {
  const bench = await build(t, heavy)
  const { id } = await bench.upload(await halves())
  const operations = [{ op: 'crop', w: 100, h: 100, g: 'focal' }]
  const url = await bench.sign({ imageId: id, operations, format: 'png' })
  const redness = async () => {
    const { channels } = await sharp(await bytesOf(await bench.get(url))).stats()
    return channels[0]!.mean
  }
  for (const x of [0, 1, 0]) {
    await read(await callJson(bench, 'PATCH', `/api/v1/images/${id}`, { focal: { x, y: 0.5 } }))
    t.equal(await redness(), x === 0 ? 255 : 0)
  }
})

t.test('a request for a heavy render that takes too long is answered 503, the render continues', async t => {
  const bench = await build(t, { ...heavy, DARKROOM_HEAVY_WAIT_MS: '1' })
  const { id } = await bench.upload(large)
  const operations = [
    { op: 'resize', w: 1500 },
    { op: 'encode', lossless: true },
  ]
  const url = await bench.sign({ imageId: id, operations, format: 'webp' })
  const response503 = await bench.get(url)
  t.match(response503.headers.get('retry-after'), /^[1-9]/)
  t.match(
    await isProblemResponse(t, response503, 'overloaded'),
    /^the image takes about \d+ s to be rendered/,
  )
  await until('the job is finished', 60_000, async () => (await countRenderJobs(bench)) === 1)
  const response = await bench.get(url)
  t.match(response.headers.get('darkroom-cache'), /memory|store/)
  t.equal(await widthOf(response), 1500)
})

t.test('Prefer: respond-async answers 202 with the location of a heavy derivative', async t => {
  const bench = await build(t, heavy)
  const { id } = await bench.upload(picture)
  const url = await bench.sign({ imageId: id, operations: [{ op: 'resize', w: 80 }], format: 'webp' })
  const headers = { prefer: 'wait=5, respond-async' }
  const accepted = await bench.get(url, { headers })
  t.equal(accepted.status, 202)
  t.equal(accepted.headers.get('cache-control'), 'no-store')
  t.match(accepted.headers.get('retry-after'), /^[1-9]/)
  t.equal(await accepted.text(), '')
  const location = new URL(accepted.headers.get('location')!, url).href
  t.equal(location, url)
  await until('the job is finished', 10_000, async () => (await countRenderJobs(bench)) === 1)
  t.equal(await widthOf(await bench.get(location, { headers })), 80)

  const light = await build(t)
  const small = await light.upload(picture)
  const lightUrl = await light.sign({
    imageId: small.id,
    operations: [{ op: 'resize', w: 80 }],
    format: 'webp',
  })
  t.equal((await light.get(lightUrl, { headers })).status, 200, 'a light render is answered at once')
})

t.test('the roles http and worker require NATS', async t => {
  for (const role of ['http', 'worker']) {
    const ended = await run(['serve'], { DARKROOM_ROLE: role, LOG_LEVEL: 'warn' })
    t.match(ended, { code: 1, stderr: /^darkroom serve: NATS_URL: required when DARKROOM_ROLE is .*\n$/ })
  }
})

t.test(
  'a failed task is retried only below the limit of unfinished tasks, and the audit log shows it',
  async t => {
    const bench = await build(t)
    // a retried task must not end before the other requests are answered
    await bench.app.jobs.tasks.drain(0)
    const post = async (task: string, action: string) =>
      (await bench.get(`/api/v1/jobs/${task}/${action}`, { method: 'POST' })).status
    await bench.app.database.query(
      `insert into tasks (id, kind, key, user_id, subject, payload, state, due_at)
     select 'task' || lpad(number::text, 12, '0'), 'purge', number::text, $1, '', '{}',
       case when number < 4 then 'failed' else 'waiting' end, now() + interval '1 hour'
     from generate_series(0, 103) as number`,
      [bench.userId],
    )
    const all = [0, 1, 2, 3].map(number => `task00000000000${number}`)
    const other = 'task000000000004'
    t.equal(await post(all[0]!, 'retry'), 429)
    t.equal(await post(other, 'cancel'), 204)
    const answers = await Promise.all(all.map(task => post(task, 'retry')))
    t.strictSame(answers.toSorted(), [202, 429, 429, 429], 'parallel requests never exceed the limit')
    const failed = all[answers.indexOf(202)]
    const { items } = await bench.app.metadata.audit.list({ limit: 5 }, { action: 'job' })
    const userId = bench.userId
    t.match(items, [
      { action: 'job.retry', subject: failed, userId },
      { action: 'job.cancel', subject: other, userId },
    ])
  },
)

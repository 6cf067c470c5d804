import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase } from '../../metadata/database.ts'
import { pathOfKey } from '../../storage/drivers/file/paths.ts'
import { originalKey } from '../../storage/keys.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { type Bench, build, type Environment, newEnvironment } from '../support/build.ts'
import { sweepOutbox } from '../support/chores.ts'
import { put, settled } from '../support/eager.ts'
import { ingested, makeUploadsOlder } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { endOf, heard, start, stop } from '../support/program.ts'
import { startDedicatedNats } from '../support/services/nats.ts'
import { callJson, openSession, read } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(1400, 900).png({ compressionLevel: 1 }).toBuffer()
const never = new AbortController().signal

interface Row {
  insight: { thumbhash?: string } | null
  ladder: unknown
  ingestedAt: Date | null
}

const select = 'select insight, ladder, ingested_at as "ingestedAt" from images where id = $1'
const rowOf = async (bench: Bench, id: string) => (await bench.app.database.query<Row>(select, [id]))[0]

const jobsOf = (bench: Bench) => bench.metric('darkroom_jobs_total', { name: 'ingest' })

async function failedJobs(bench: Bench): Promise<Record<string, unknown>[]> {
  return (await read<{ items: Record<string, unknown>[] }>(await bench.get('/api/v1/jobs'))).items
}

t.test('an upload is ingested once, by a job', async t => {
  const bench = await build(t)
  const { database } = bench.app
  await database.query('create table written (xid xid8)')
  await database.query(
    `create function note_update() returns trigger language plpgsql as
     'begin insert into written values (pg_current_xact_id()); return null; end'`,
  )
  await database.query(
    'create trigger note_update after update on images for each row execute function note_update()',
  )
  const { id } = await bench.upload(picture)
  await ingested(database, id)
  const updates = await database.query('select distinct xid from written')
  t.equal(updates.length, 4, 'one of the upload, and of its ingest: the analysis, the ladder, and the end')
  const row = await rowOf(bench, id)
  t.type(row?.insight?.thumbhash, 'string')
  t.strictSame(row?.ladder, { format: 'jpg', widths: [640] })
  await until('the job is done', 5000, async () => (await jobsOf(bench)) === 1)
  await bench.app.database.query(makeUploadsOlder)
  await sweepOutbox(bench)
  t.equal(await bench.app.queue.countPending('ingest'), 0, 'nothing is enqueued again')
})

t.test('a failed ingest is not enqueued again, and a retry completes it', async t => {
  const bench = await build(t)
  await put(bench, 'thumb', 'resize_w-60')
  const { id: hook } = await read<{ id: string }>(
    await callJson(bench, 'POST', '/api/v1/webhooks', {
      url: 'https://example.com',
      events: ['image.ready'],
    }),
    201,
  )
  const ready = async (place: Bench) =>
    (await read<{ items: unknown[] }>(await place.get(`/api/v1/webhooks/${hook}/deliveries`))).items
  await bench.app.jobs.worker.drain(0)
  const { id } = await bench.upload(picture)
  const original = join(
    bench.environment.DARKROOM_DATA_DIR!,
    'objects',
    pathOfKey(originalKey(bench.userId, id, 'png')),
  )
  await writeFile(original, Buffer.concat([picture.subarray(0, 200), Buffer.alloc(picture.length - 200)]))
  await bench.app.jobs.worker.start()
  await ingested(bench.app.database, id)
  t.match(await failedJobs(bench), [{ name: 'ingest', imageId: id, code: 'undecodable', attempts: 1 }])
  t.match(await rowOf(bench, id), { insight: null, ladder: null })
  await bench.app.jobs.worker.drain(0)
  await bench.app.database.query(makeUploadsOlder)
  await sweepOutbox(bench)
  t.equal(await bench.app.queue.countPending('ingest'), 0)
  t.match(await ready(bench), [{ event: 'image.ready' }], 'a damaged image is not processed further')

  await writeFile(original, picture)
  // the memory of the first process has the damaged bytes
  const again = await bench.restart()
  // the delivery to the webhook, which the restart interrupted, waits as well
  const ingests = async () => (await failedJobs(again)).filter(({ name }) => name === 'ingest')
  const [failed] = await ingests()
  t.equal((await again.get(`/api/v1/jobs/${failed?.id}/retry`, { method: 'POST' })).status, 202)
  await until('it is ingested', 30_000, async () => (await rowOf(again, id))?.ingestedAt != null)
  t.match(await rowOf(again, id), { insight: { kind: 'photo' }, ladder: { widths: [640] } })
  t.match(await settled(again, id), { total: 2, ready: 2 })
  t.equal((await ready(again)).length, 1, 'the event is not repeated')
  t.strictSame(await ingests(), [])
})

t.test('an image that is requested is ingested before others that wait', async t => {
  const bench = await build(t, { DARKROOM_CONCURRENCY: '1' })
  await bench.app.jobs.worker.drain(0)
  const ids: string[] = []
  for (let seed = 1; seed <= 6; seed++)
    ids.push((await bench.upload(await photo(60, 40, seed).png().toBuffer())).id)
  const requested = ids.at(-1) ?? ''
  await bench.app.database.query(makeUploadsOlder)
  t.equal(await bench.metric('darkroom_images_waiting', { name: 'ingest' }), 6)
  const url = await bench.sign(`/processed/${bench.userId}/${requested}_resize_w-20.png`)
  t.equal((await bench.get(url)).status, 200)
  await bench.app.jobs.worker.start()
  await ingested(bench.app.database, ...ids)
  const done = await bench.app.database.query<{ id: string }>('select id from images order by ingested_at')
  const place = done.findIndex(({ id }) => id === requested)
  // the first of the others has begun before
  t.ok(place < 3, `place ${place} of ${done.length}`)
  t.strictSame(await failedJobs(bench), [])
})

t.test('the ingest of a deleted image does nothing and does not fail', async t => {
  const bench = await build(t)
  await bench.app.jobs.worker.drain(0)
  const { id } = await bench.upload(picture)
  t.equal((await bench.get(`/api/v1/images/${id}`, { method: 'DELETE' })).status, 204)
  await bench.app.jobs.worker.start()
  await until('the job is done', 10_000, async () => (await jobsOf(bench)) === 1)
  t.strictSame(await failedJobs(bench), [])
  t.equal((await rowOf(bench, id))?.insight, null)
})

t.test('a stop waits for the analysis of an image, which cannot be cancelled', async t => {
  const bench = await build(t)
  await bench.upload(await photo(3000, 2000).png({ compressionLevel: 1 }).toBuffer())
  await until('the analysis runs', 30_000, async () => bench.app.engine.load.running > 0)
  await bench.close()
  t.equal(bench.app.engine.load.running, 0, 'nothing uses the closed database')
})

/** A process with its own queue, and a session of its administrator. */
async function serve(t: Test, environment: Environment) {
  const child = start(['serve'], environment)
  t.teardown(() => stop(child))
  const ended = endOf(child)
  await heard(child.stdout, 'Next: sign in')
  const account = {
    email: environment.DARKROOM_ADMIN_EMAIL!,
    password: environment.DARKROOM_ADMIN_PASSWORD!,
  }
  const session = await openSession(`http://127.0.0.1:${environment.PORT}`, account)
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  return { session, end }
}

t.test('an image whose process was killed during its job is ingested by the next process', async t => {
  const environment = await newEnvironment(t, {
    DARKROOM_ADMIN_EMAIL: 'admin@example.com',
    DARKROOM_ADMIN_PASSWORD: 'a password of the admin',
    LOG_LEVEL: 'warn',
  })
  const logger = createLogger('silent')
  const database = openDatabase({ url: environment.DATABASE_URL!, logger, maxConnections: 1 })
  t.teardown(() => database.close())
  const first = await serve(t, environment)
  const { id } = await first.session.upload(picture)
  await first.end('SIGKILL')
  t.match(await database.query(select, [id]), [{ insight: null, ladder: null, ingestedAt: null }])
  await database.query(makeUploadsOlder)

  const second = await serve(t, environment)
  await ingested(database, id)
  t.match(await database.query(select, [id]), [{ insight: { kind: 'photo' }, ladder: { widths: [640] } }])
  t.match(await second.end('SIGTERM'), { code: 0, stderr: '' })
})

const own = await startDedicatedNats()
t.teardown(() => own?.stop())
const skip = own ? false : 'there is no NATS server'

t.test('an upload during a NATS outage is ingested afterwards', { skip }, async t => {
  if (own === undefined) return
  const bench = await build(t, { NATS_URL: own.url })
  const isReady = async () => {
    const response = await bench.get('/readyz')
    await response.body?.cancel()
    return response.status === 200
  }
  await own.kill()
  await until('the outage is noticed', 10_000, async () => !(await isReady()))
  const { id } = await bench.upload(picture)
  await bench.app.database.query(makeUploadsOlder)
  await t.rejects(bench.app.ingest.outbox.enqueueIngests(never), { code: 'unavailable' })
  t.match(await rowOf(bench, id), { insight: null, ingestedAt: null })

  await own.restart()
  await until('it is ready again', 20_000, isReady)
  await sweepOutbox(bench)
  await ingested(bench.app.database, id)
  t.match(await rowOf(bench, id), { insight: { kind: 'photo' }, ladder: { widths: [640] } })
})

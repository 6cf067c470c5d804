import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import Type from 'typebox'
import { DarkroomError } from '../errors/catalogue.ts'
import { type FailedJob, FailedJobRepository } from '../metadata/failed-jobs.ts'
import { UserRepository } from '../metadata/users.ts'
import { createLogger } from '../telemetry/logger.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { migratedDatabase } from '../test/support/services/postgres.ts'
import { defineJob, type JobParts, type JobSpec } from './job.ts'
import { createJobHandler } from './job-handler.ts'
import { loadJobs } from './registry.ts'

const database = await migratedDatabase(t)
const failedJobs = new FailedJobRepository(database)
const user = await new UserRepository(database).create({
  email: 'a@example.com',
  passwordHash: 'h',
  role: 'member',
})
const metrics = createMetrics()
const logger = createLogger('silent')
/** The jobs of these tests work with nothing. */
const jobParts = {} as JobParts
const Payload = Type.Object({ what: Type.String() })
const stay = new AbortController().signal

/** Attempts at a job whose work is `handle`, and what was given up. */
function trying(handle: JobSpec<typeof Payload>['handle'], limitMs = 5_000) {
  const givenUp: string[] = []
  const type = defineJob({
    name: 'try',
    version: 2,
    payload: Payload,
    key: ({ what }) => what,
    subject: () => ({ userId: user.id, imageId: 'image1' }),
    maxAttempts: 3,
    timeoutMs: limitMs,
    handle,
    onFailure: ({ what }) => givenUp.push(what),
  })
  const attempt = createJobHandler(type, { failedJobs, jobParts, metrics, logger })
  const run = (what: string, number: number, signal = stay) =>
    attempt({ job: { name: 'try', version: 2, key: what, payload: { what } }, attempt: number }, signal)
  return { run, attempt, givenUp }
}

const recorded = async (key: string): Promise<FailedJob | undefined> =>
  (await failedJobs.list(null, { limit: 100 })).items.find(item => item.key === key)

const failing = (error: unknown) => async () => {
  throw error
}

t.test('what fails for a while is tried again, later and later, and recorded in the end', async t => {
  const { run, givenUp } = trying(failing(new DarkroomError('unavailable', 'the store does not answer')))
  t.strictSame(await run('passing', 1), { kind: 'retry', delayMs: 500 })
  t.strictSame(await run('passing', 2), { kind: 'retry', delayMs: 1000 })
  t.equal(await recorded('passing'), undefined)
  t.strictSame(givenUp, [])
  t.strictSame(await run('passing', 3), { kind: 'done' })
  const expected = { state: 'failed', code: 'unavailable', attempts: 3, userId: user.id, imageId: 'image1' }
  t.match(await recorded('passing'), { ...expected, payload: { what: 'passing' }, version: 2 })
  t.strictSame(givenUp, ['passing'])
})

t.test('what would fail again is recorded at once, and answers for its key until that ends', async t => {
  const { run, givenUp } = trying(failing(new DarkroomError('undecodable', 'the image is damaged')))
  t.strictSame(await run('broken', 1), { kind: 'done' })
  t.strictSame(givenUp, ['broken'])
  t.match(await failedJobs.findActive('try', 'broken'), {
    code: 'undecodable',
    detail: 'the image is damaged',
  })
  t.equal(await failedJobs.findActive('other', 'broken'), undefined)
  await database.query(`update failed_jobs set answers_until = now() where key = 'broken'`)
  t.equal(await failedJobs.findActive('try', 'broken'), undefined)
  await trying(async () => {}).run('broken', 1)
  t.equal(await recorded('broken'), undefined, 'success clears it')
})

t.test('a fault of ours is no word to the public', async t => {
  const { run } = trying(failing(new Error('secret of /etc/passwd')))
  t.match(await run('fault', 1), { kind: 'retry' })
  await run('fault', 3)
  t.match(await recorded('fault'), { code: 'internal', detail: 'this is a fault of the service' })
})

t.test('a job whose processes died is not tried more often than others', async t => {
  let times = 0
  const { run } = trying(async () => {
    times++
  })
  t.strictSame(await run('deadly', 4), { kind: 'done' })
  t.equal(times, 0)
  t.match(await recorded('deadly'), { code: 'internal', attempts: 4 })
})

t.test('what is not understood is parked, not tried', async t => {
  let times = 0
  const { attempt } = trying(async () => {
    times++
  })
  const jobs = [
    { name: 'try', version: 3, key: 'newer', payload: { what: 'x', more: 1 } },
    { name: 'try', version: 2, key: 'shapeless', payload: { what: 1, nul: '\0' } },
  ]
  for (const job of jobs) {
    t.strictSame(await attempt({ job, attempt: 1 }, stay), { kind: 'done' })
    t.match(await recorded(job.key), { state: 'parked', version: job.version, payload: job.payload })
    t.equal(await failedJobs.findActive('try', job.key), undefined, 'it answers no request')
  }
  t.equal(times, 0)
})

t.test('its time is limited, whether it listens or not', async t => {
  const { run } = trying(() => setTimeout(60_000, undefined, { ref: false }), 50)
  t.match(await run('slow', 1), { kind: 'retry' })
  await run('slow', 3)
  t.match(await recorded('slow'), { code: 'deadline' })
})

t.test('who finds everything taken waits for his turn', async t => {
  let times = 0
  const { run } = trying(async () => {
    if (++times < 3) throw new DarkroomError('overloaded', 'too much', { retryAfterMs: 10 })
  })
  t.strictSame(await run('patient', 1), { kind: 'done' })
  t.equal(times, 3)
})

t.test('a failure that the database cannot take now is recorded when it can', async t => {
  let times = 0
  let lookups = 0
  const away = {
    clear: (name: string, key: string) => failedJobs.clear(name, key),
    async record() {
      lookups++
      throw new DarkroomError('unavailable', 'the database does not answer')
    },
  }
  const type = defineJob({
    name: 'try',
    version: 2,
    payload: Payload,
    key: ({ what }) => what,
    subject: () => ({ userId: user.id }),
    maxAttempts: 3,
    timeoutMs: 5_000,
    async handle() {
      times++
      throw new DarkroomError('undecodable', 'damaged')
    },
  })
  const attempt = createJobHandler(type, { failedJobs: away, jobParts, metrics, logger })
  const controller = new AbortController()
  const delivery = { job: { name: 'try', version: 2, key: 'late', payload: { what: 'late' } }, attempt: 1 }
  const running = attempt(delivery, controller.signal)
  await setTimeout(100)
  controller.abort()
  t.strictSame(await running, { kind: 'retry', delayMs: 0 }, 'others get it')
  t.strictSame([times, lookups], [1, 1])
})

t.test('what is given back has not failed', async t => {
  const controller = new AbortController()
  const { run } = trying((_, __, signal) => setTimeout(60_000, undefined, { signal }))
  const running = run('returned', 3, controller.signal)
  controller.abort()
  t.strictSame(await running, { kind: 'retry', delayMs: 0 })
  t.equal(await recorded('returned'), undefined)
})

t.test('every file of jobs is a job of its name', async t => {
  const types = await loadJobs()
  const names = ['develop', 'finish', 'ingest', 'purge', 'purge-edge', 'takedown']
  for (const name of names) t.equal(types.get(name)?.name, name)
})

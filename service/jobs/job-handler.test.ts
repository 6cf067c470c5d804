import { getEventListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { withTimeLimit } from '../concurrency/time-limit.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { openJobAttempts } from '../test/support/job-attempts.ts'
import t from '../test/support/tap.ts'
import { loadJobs } from './registry.ts'

const { database, failedJobs, unfinishedJobs, user, createAttempts, recorded } = await openJobAttempts(t)
const neverAborted = new AbortController().signal
const outage = new DarkroomError('unavailable', 'the store does not answer')
const failing = (error: unknown) => async () => {
  throw error
}

t.test('a refusal is logged without a stack, any other fault with its stack', async t => {
  const cause = new Error('the decoder said so')
  const refused = createAttempts(failing(new DarkroomError('undecodable', 'it is damaged', { cause })))
  t.strictSame(await refused.run('refusal', 1), { kind: 'done' })
  t.strictSame(refused.lines, [[{ job: 'try', key: 'refusal', attempt: 1 }, 'job failed: it is damaged']])
  const broken = createAttempts(failing(cause))
  await broken.run('fault', 1)
  t.match(broken.lines, [[{ err: cause }, 'job failed: the decoder said so']])
})

t.test('outage does not use up attempts: the job waits with growing delays and shows as waiting', async t => {
  let error = outage
  const failingNow = async () => {
    throw error
  }
  const { run, failed } = createAttempts(failingNow)
  for (const [index, delayMs] of [500, 1000, 2000, 4000, 8000].entries())
    t.strictSame(await run('outage', index + 1), { kind: 'retry', delayMs })
  const waiting = { state: 'waiting', code: 'unavailable', attempts: 5, userId: user.id, imageId: 'image1' }
  t.match(await recorded('outage'), { ...waiting, payload: { what: 'outage' }, version: 2 })
  t.equal(await failedJobs.findActive('try', 'outage'), undefined, 'requests are not answered with it')
  t.equal((await failedJobs.findByKeys('try', ['outage'])).size, 0, 'it has not failed')
  // another process takes over
  const other = createAttempts(failingNow)
  await database.query(`update failed_jobs set waits = 19 where key = 'outage'`)
  t.strictSame(await other.run('outage', 20), { kind: 'retry', delayMs: 60_000 })

  error = new DarkroomError('deadline', 'too slow')
  t.strictSame(
    await other.run('outage', 21),
    { kind: 'retry', delayMs: 500 },
    'the first attempt that counts',
  )
  t.strictSame(failed, [])
  await createAttempts(async () => {}).run('outage', 22)
  t.equal(await recorded('outage'), undefined, 'success clears it')
})

t.test(
  'job that waited is given up after its attempts, and starts afresh when it is enqueued again',
  async t => {
    const errors = [outage, outage]
    const { run, failed } = createAttempts(async () => {
      throw errors.shift() ?? new DarkroomError('deadline', 'too slow')
    })
    for (const number of [1, 2, 3, 4]) t.match(await run('tired', number), { kind: 'retry' })
    t.strictSame(await run('tired', 5), { kind: 'done' })
    t.strictSame(failed, ['tired'])
    t.match(await recorded('tired'), { state: 'failed', code: 'deadline' })
    errors.push(outage)
    t.strictSame(await run('tired', 1), { kind: 'retry', delayMs: 500 })
    t.match(await recorded('tired'), { state: 'waiting' })
  },
)

t.test('a waiting job that the queue may have lost is returned to one sweep only', async t => {
  await createAttempts(failing(outage)).run('lost', 1)
  t.strictSame(await unfinishedJobs.claimLost(120_000), [], 'a job is not lost while it is tried')
  await database.query(`update failed_jobs set failed_at = now() - interval '3 minutes' where key = 'lost'`)
  const lost = { name: 'try', version: 2, key: 'lost', payload: { what: 'lost' } }
  t.strictSame(await unfinishedJobs.claimLost(120_000), [lost])
  t.strictSame(await unfinishedJobs.claimLost(120_000), [])
})

t.test(
  'failure of a third party is retried with growing delays and recorded after the last attempt',
  async t => {
    const { run, failed } = createAttempts(
      failing(new DarkroomError('unavailable', 'the CDN does not answer', { isOutage: false })),
    )
    t.strictSame(await run('passing', 1), { kind: 'retry', delayMs: 500 })
    t.strictSame(await run('passing', 2), { kind: 'retry', delayMs: 1000 })
    t.equal(await recorded('passing'), undefined)
    t.strictSame(failed, [])
    t.strictSame(await run('passing', 3), { kind: 'done' })
    const expected = { state: 'failed', code: 'unavailable', attempts: 3, userId: user.id, imageId: 'image1' }
    t.match(await recorded('passing'), { ...expected, payload: { what: 'passing' }, version: 2 })
    t.strictSame(failed, ['passing'])
  },
)

t.test('work that takes too long is given up after fewer attempts', async t => {
  const { run } = createAttempts(failing(new DarkroomError('deadline', 'too slow')), { slowAttempts: 2 })
  t.match(await run('slow work', 1), { kind: 'retry' })
  t.strictSame(await run('slow work', 2), { kind: 'done' })
  t.match(await recorded('slow work'), { code: 'deadline', attempts: 2 })
})

t.test('permanent failure is recorded at once and reported for its key until it expires', async t => {
  const { run, failed } = createAttempts(failing(new DarkroomError('undecodable', 'the image is damaged')))
  t.strictSame(await run('broken', 1), { kind: 'done' })
  t.strictSame(failed, ['broken'])
  t.match(await failedJobs.findActive('try', 'broken'), {
    code: 'undecodable',
    detail: 'the image is damaged',
  })
  t.equal(await failedJobs.findActive('other', 'broken'), undefined)
  await database.query(
    `update failed_jobs set answers_until = now() - interval '1 second' where key = 'broken'`,
  )
  t.equal(await failedJobs.findActive('try', 'broken'), undefined)
  await createAttempts(async () => {}).run('broken', 1)
  t.equal(await recorded('broken'), undefined, 'success clears it')
})

t.test('internal error is recorded without its message', async t => {
  const { run } = createAttempts(failing(new Error('secret of /etc/passwd')))
  t.match(await run('fault', 1), { kind: 'retry' })
  await run('fault', 3)
  t.match(await recorded('fault'), { code: 'internal', detail: 'internal error' })
})

t.test('attempts whose process died count towards the maximum', async t => {
  let times = 0
  const { run } = createAttempts(async () => {
    times++
  })
  t.strictSame(await run('deadly', 4), { kind: 'done' })
  t.equal(times, 0)
  t.match(await recorded('deadly'), { code: 'internal', attempts: 4 })
})

t.test('an optional job that is given up leaves no record', async t => {
  const { run, failed } = createAttempts(failing(new DarkroomError('deadline', 'too slow')), {
    isOptional: true,
    slowAttempts: 1,
  })
  t.strictSame(await createAttempts(failing(outage)).run('optional', 1), { kind: 'retry', delayMs: 500 })
  t.match(await recorded('optional'), { state: 'waiting' })
  t.strictSame(await run('optional', 2), { kind: 'done' }, 'it took too long')
  t.equal(await recorded('optional'), undefined)
  t.strictSame(await run('optional', 4), { kind: 'done' }, 'its processes died')
  t.equal(await recorded('optional'), undefined)
  t.strictSame(failed, [])
})

t.test('job with an unknown payload is parked without an attempt', async t => {
  let times = 0
  const { attempt } = createAttempts(async () => {
    times++
  })
  const jobs = [
    { name: 'try', version: 3, key: 'newer', payload: { what: 'x', more: 1 } },
    { name: 'try', version: 2, key: 'shapeless', payload: { what: 1, nul: '\0' } },
  ]
  for (const job of jobs) {
    t.strictSame(await attempt({ job, attempt: 1, storedAt: 0 }, neverAborted), { kind: 'done' })
    t.match(await recorded(job.key), { state: 'parked', version: job.version, payload: job.payload })
    t.equal(
      await failedJobs.findActive('try', job.key),
      undefined,
      'a parked job is not reported to requests',
    )
  }
  t.equal(times, 0)
})

t.test('attempt ends at its time limit even when it ignores its signal', async t => {
  const { run } = createAttempts(() => setTimeout(60_000, undefined, { ref: false }), { timeoutMs: 50 })
  t.match(await run('slow', 1), { kind: 'retry' })
  await run('slow', 3)
  t.match(await recorded('slow'), { code: 'deadline' })
})

t.test('work does not begin when its signal has aborted already', async t => {
  const lost = new Error('lost')
  const begin = async () => t.fail('it has begun')
  await t.rejects(withTimeLimit(60_000, AbortSignal.abort(lost), begin), lost)
})

t.test('ended attempt leaves no listener at its signal, which would keep the signal in memory', async t => {
  let limited = neverAborted
  const { run } = createAttempts(async (_payload, _parts, signal) => {
    limited = signal
  })
  t.strictSame(await run('leak', 1, neverAborted), { kind: 'done' })
  t.not(limited, neverAborted)
  t.equal(getEventListeners(limited, 'abort').length, 0)
})

t.test('overloaded attempt waits and tries again', async t => {
  let times = 0
  const { run } = createAttempts(async () => {
    if (++times < 3) throw new DarkroomError('overloaded', 'too much', { retryAfterMs: 10 })
  })
  t.strictSame(await run('patient', 1), { kind: 'done' })
  t.equal(times, 3)
})

t.test('a job whose failure cannot be recorded is kept until a drain returns it to the queue', async t => {
  let times = 0
  let recordings = 0
  const handle = async () => {
    times++
    throw new DarkroomError('undecodable', 'damaged')
  }
  const record = async () => {
    recordings++
    throw new DarkroomError('unavailable', 'the database does not answer')
  }
  const { run } = createAttempts(handle, { record })
  const controller = new AbortController()
  const running = run('late', 1, controller.signal)
  await setTimeout(100)
  controller.abort()
  t.strictSame(await running, { kind: 'retry', delayMs: 0 }, 'the job is returned to the queue')
  t.strictSame([times, recordings], [1, 1])
})

t.test('attempts that a stop interrupts are returned to the queue and do not count', async t => {
  let isStopping = true
  const { run, failed } = createAttempts(async (_, __, signal) => {
    if (isStopping) await setTimeout(60_000, undefined, { signal })
    throw new DarkroomError('internal', 'it failed')
  })
  for (const number of [1, 2, 3, 4]) {
    const controller = new AbortController()
    const running = run('returned', number, controller.signal)
    controller.abort()
    t.strictSame(await running, { kind: 'retry', delayMs: 0 })
  }
  t.match(await recorded('returned'), {
    state: 'waiting',
    detail: 'the process that ran the job was stopped',
  })
  isStopping = false
  for (const number of [5, 6]) t.match(await run('returned', number), { kind: 'retry' })
  t.strictSame(await run('returned', 7), { kind: 'done' }, 'the third attempt that counts')
  t.strictSame(failed, ['returned'])
})

t.test('every job file exports the job of its name', async t => {
  const types = await loadJobs()
  const names = ['develop', 'finish', 'ingest', 'purge', 'purge-edge', 'takedown']
  for (const name of names) t.equal(types.get(name)?.name, name)
})

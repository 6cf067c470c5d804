import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { until } from '../test/support/until.ts'
import { broadcastTests } from './queue-broadcast.contract.ts'
import {
  consume,
  done,
  gate,
  job,
  type QueueFixture,
  type QueueTest,
  timeoutMs,
} from './queue-fixture.contract.ts'
import { shutdownTests } from './queue-shutdown.contract.ts'

/** The tests that every driver must pass, through the port alone. `open` returns new, empty queues. */
export async function queueContract(t: Test, name: string, open: () => Promise<QueueFixture>): Promise<void> {
  for (const [title, test] of Object.entries({
    ...queueTests,
    ...broadcastTests,
    ...shutdownTests,
  })) {
    await t.test(`${name} queue: ${title}`, async t => {
      const fixture = await open()
      t.teardown(() => Promise.all([fixture.queue.close(), fixture.other.close()]))
      await test(t, fixture)
    })
  }
}

const queueTests: Record<string, QueueTest> = {
  async 'job reaches a consumer of its name that starts before or after it was enqueued'(
    t,
    { queue, other },
  ) {
    t.equal(await queue.enqueue(job('early')), 'queued')
    t.equal(await queue.enqueue(job('foreign', 1, 'ingest')), 'queued')
    const seen = await consume(other)
    t.equal(await queue.enqueue(job('late')), 'queued')
    await seen.until(2)
    await sleep(100)
    t.strictSame(seen.keys().sort(), ['early', 'late'])
    t.match(seen.deliveries[0], { job: job('early'), attempt: 1, storedAt: Number })
  },

  async 'payload arrives unchanged'(t, { queue, other }) {
    const payloads = [
      null,
      0,
      false,
      '',
      'é€😀\u2028\0"\\',
      [],
      [1, [2, { a: null }]],
      { ключ: 'значение', deep: { list: [1.5, -1e300, true] }, __proto: 1 },
      'x'.repeat(64 * 1024 - 2),
    ]
    for (const [index, payload] of payloads.entries()) await queue.enqueue(job(`${index}`, payload))
    const seen = await consume(other, { concurrency: 2 })
    await seen.until(payloads.length)
    for (const { job } of seen.deliveries) t.strictSame(job.payload, payloads[Number(job.key)])
  },

  async 'payload is not shared with the publisher'(t, { queue, other }) {
    const payload = { width: 100 }
    await queue.enqueue(job('a', payload))
    payload.width = 200
    const seen = await consume(other)
    await seen.until(1)
    t.strictSame(seen.deliveries[0]?.job.payload, { width: 100 })
  },

  async 'jobs that exceed the limits are rejected'(t, { queue }) {
    const circle: { self?: unknown } = {}
    circle.self = circle
    const wrong = [
      ...['', 'a.b', 'a b', '*', '>', 'A', '-a', 'ä', 'a\n', 'x'.repeat(64)].map(name => job('a', 1, name)),
      ...['', 'x'.repeat(1025), 'é'.repeat(513)].map(key => job(key)),
      ...[undefined, () => 1, 1n, circle, 'x'.repeat(64 * 1024 - 1), 'é'.repeat(40_000)].map(payload => ({
        ...job('a'),
        payload,
      })),
      ...[-1, 1.5, Number.NaN].map(version => ({ ...job('a'), version })),
    ]
    for (const each of wrong) await t.rejects(queue.enqueue(each), { code: 'internal' })
    await t.rejects(consume(queue, { name: 'a.*' }), { code: 'internal' })
    for (const key of ['x'.repeat(1024), '\0'.repeat(1024), '* > . \r\n']) await queue.enqueue(job(key))
    const seen = await consume(queue)
    await seen.until(3)
    t.strictSame(seen.keys().sort(), ['\0'.repeat(1024), '* > . \r\n', 'x'.repeat(1024)])
  },

  async 'name and key are unique while a job waits or runs, and free when it is done'(t, { queue, other }) {
    const { opened, open } = gate()
    t.equal(await queue.enqueue(job('a')), 'queued')
    t.equal(await other.enqueue(job('a', { another: true })), 'duplicate')
    t.equal(await queue.enqueue(job('a', {}, 'ingest')), 'queued', 'another name')
    const seen = await consume(other, { handle: () => opened.then(() => done) })
    await seen.until(1)
    t.equal(await queue.enqueue(job('a')), 'duplicate', 'while it runs')
    open()
    await until('the key is free again', timeoutMs, async () => (await queue.enqueue(job('a'))) === 'queued')
    await seen.until(2)
    t.match(seen.deliveries[1], { job: job('a'), attempt: 1 }, 'a new job')
  },

  async 'one of many concurrent publishers of the same job succeeds'(t, { queue, other }) {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? queue : other).enqueue(job('a'))),
    )
    t.equal(results.filter(result => result === 'queued').length, 1)
  },

  async 'retry delivers a job again after its delay and counts attempts'(t, { queue, other }) {
    const times: number[] = []
    const seen = await consume(other, {
      async handle({ job, attempt }) {
        if (job.key === 'b') return done
        times.push(performance.now())
        return attempt < 3 ? { kind: 'retry', delayMs: 400 } : done
      },
    })
    await queue.enqueue(job('a'))
    await seen.until(1)
    t.equal(await queue.enqueue(job('a')), 'duplicate', 'while it waits for its retry')
    await queue.enqueue(job('b'))
    await seen.until(4)
    t.equal(seen.keys()[1], 'b', 'a job that waits for its retry blocks no other')
    const attempts = seen.deliveries.filter(({ job }) => job.key === 'a').map(({ attempt }) => attempt)
    t.strictSame(attempts, [1, 2, 3])
    const [first = 0, second = 0] = times
    t.ok(second - first > 390, `${second - first} ms`)
  },

  async 'job whose handler throws is delivered again after a bounded delay'(t, { queue, other }) {
    const times: number[] = []
    const seen = await consume(other, {
      async handle({ attempt }) {
        times.push(performance.now())
        if (attempt === 1) throw new Error('thrown on purpose')
        return done
      },
    })
    await queue.enqueue(job('a'))
    await seen.until(2)
    t.strictSame(
      seen.deliveries.map(({ attempt }) => attempt),
      [1, 2],
    )
    const [first = 0, second = 0] = times
    t.ok(second - first > 100 && second - first < 5000, `${second - first} ms`)
  },

  async 'consumer handles as many jobs at the same time as its concurrency allows'(t, { queue, other }) {
    let [running, most] = [0, 0]
    const seen = await consume(other, {
      concurrency: 3,
      async handle() {
        most = Math.max(most, ++running)
        await sleep(30)
        running--
        return done
      },
    })
    for (let index = 0; index < 20; index++) await queue.enqueue(job(`${index}`))
    await seen.until(20)
    t.equal(most, 3)
    t.equal(new Set(seen.keys()).size, 20, 'each of them once')
  },

  async 'consumers share the work'(t, { queue, other }) {
    const handle = async () => {
      await sleep(20)
      return done
    }
    const both = await Promise.all([consume(queue, { handle }), consume(other, { handle })])
    for (let index = 0; index < 20; index++) await queue.enqueue(job(`${index}`))
    const keys = () => both.flatMap(seen => seen.keys())
    await until('all are handled', timeoutMs, () => keys().length >= 20)
    await sleep(100)
    t.equal(keys().length, 20)
    t.equal(new Set(keys()).size, 20)
    for (const seen of both) t.ok(seen.deliveries.length > 3, `${seen.deliveries.length}`)
  },

  async 'long job stays with its consumer'(t, { queue, other, ackWaitMs = 100 }) {
    const { opened, open } = gate()
    const handle = () => opened.then(() => done)
    const both = await Promise.all([consume(queue, { handle }), consume(other, { handle })])
    await queue.enqueue(job('a'))
    await sleep(ackWaitMs * 2)
    open()
    await sleep(ackWaitMs * 1.2)
    t.strictSame(
      both.flatMap(seen => seen.keys()),
      ['a'],
      'once, by one of them',
    )
  },

  async 'pending jobs are counted'(t, { queue, other }) {
    const { opened, open } = gate()
    for (const key of ['a', 'b', 'c']) await queue.enqueue(job(key))
    t.equal(await other.countPending('develop'), 3)
    t.equal(await other.countPending('ingest'), 0)
    const seen = await consume(other, { handle: () => opened.then(() => done) })
    await seen.until(1)
    t.equal(await queue.countPending('develop'), 2)
    open()
    await seen.until(3)
    t.equal(await queue.countPending('develop'), 0)
  },

  async 'full queue rejects jobs until others are done'(t, { queue, other, maxJobs }) {
    for (let index = 0; index < maxJobs; index++) await queue.enqueue(job(`${index}`))
    await t.rejects(queue.enqueue(job('more')), { code: 'overloaded' })
    t.equal(await queue.enqueue(job('0')), 'duplicate', 'a job that it holds already is a duplicate')
    const seen = await consume(other)
    await seen.until(maxJobs)
    await until('no job is pending', timeoutMs, async () => (await other.countPending('develop')) === 0)
    t.equal(await retryUntilAccepted(() => queue.enqueue(job('more'))), 'queued')
  },

  async 'queue is also limited by bytes'(t, { queue, maxBytes }) {
    const payload = 'x'.repeat(60_000)
    const fitting = Math.floor(maxBytes / 60_000)
    const results = await Promise.allSettled(
      Array.from({ length: fitting + 1 }, (_, index) => queue.enqueue(job(`${index}`, payload))),
    )
    const refused = results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
    t.ok(refused.length >= 1 && refused.length < fitting / 2, `${refused.length} of ${results.length}`)
    for (const error of refused) t.match(error, { code: 'overloaded' })
  },
}

async function retryUntilAccepted<T>(call: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(20)
    }
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../test/support/until.ts'
import { consume, done, gate, job, type QueueTest, timeoutMs } from './queue-fixture.contract.ts'

/** Tests of draining consumers and closing queues. */
export const shutdownTests: Record<string, QueueTest> = {
  async 'drain waits for running jobs and takes no more'(t, { queue, other }) {
    const { opened, open } = gate()
    let finished = false
    const seen = await consume(other, {
      async handle() {
        await opened
        finished = true
        return done
      },
    })
    for (const key of ['a', 'b']) await queue.enqueue(job(key))
    await seen.until(1)
    const draining = seen.consumer.drain(timeoutMs)
    setTimeout(open, 200)
    await draining
    t.ok(finished)
    await sleep(200)
    t.equal(seen.deliveries.length, 1)
    const next = await consume(queue)
    await next.until(1)
    await sleep(200)
    t.equal(next.deliveries.length, 1, 'only the second job is left')
    t.strictSame([...seen.keys(), ...next.keys()].sort(), ['a', 'b'])
  },

  async 'drain that times out aborts its jobs, which another consumer gets at once'(t, fixture) {
    const { queue, other, ackWaitMs = 2000 } = fixture
    const reasons: unknown[] = []
    // one handler obeys its signal, the other ignores it
    const obeying = await consume(other, {
      handle: (_, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason)
            reject(signal.reason)
          })
        }),
    })
    const { opened, open } = gate()
    const ignoring = await consume(other, { handle: () => opened.then(() => done) })
    for (const key of ['a', 'b']) await queue.enqueue(job(key))
    await Promise.all([obeying.until(1), ignoring.until(1)])
    const next = await consume(queue, { concurrency: 2 })
    const started = performance.now()
    await Promise.all([obeying.consumer.drain(100), ignoring.consumer.drain(100)])
    await next.until(2)
    const ms = performance.now() - started
    // a driver that waited for the acknowledgement timeout would take at least two thirds of it
    t.ok(ms > 90 && ms < (ackWaitMs * 2) / 3, `${ms} ms`)
    t.equal(reasons.length, 1)
    t.strictSame(next.keys().sort(), ['a', 'b'])
    t.strictSame(
      next.deliveries.map(({ attempt }) => attempt),
      [2, 2],
    )
    open()
    await sleep(100)
    t.equal(next.deliveries.length, 2, 'the late outcome of the ignoring handler has no effect')
  },

  async 'drain of an idle consumer loses no job that arrives meanwhile'(t, { queue, other }) {
    for (let round = 0; round < 10; round++) {
      const idle = await consume(other)
      const enqueuing = queue.enqueue(job(`${round}`))
      await Promise.all([enqueuing, idle.consumer.drain(1000)])
      const next = await consume(queue)
      await until('the job was handled', 1500, () => idle.deliveries.length + next.deliveries.length === 1)
      t.strictSame([...idle.keys(), ...next.keys()], [`${round}`])
      await next.consumer.drain(1000)
    }
  },

  async 'drain can be called twice'(_, { queue }) {
    const seen = await consume(queue)
    await Promise.all([seen.consumer.drain(100), seen.consumer.drain(100)])
    await seen.consumer.drain(100)
  },

  async 'closed queue rejects every call as unavailable and returns its running jobs'(t, { queue, other }) {
    const { opened, open } = gate()
    const seen = await consume(queue, { handle: () => opened.then(() => done) })
    await queue.enqueue(job('a'))
    await seen.until(1)
    await queue.check(AbortSignal.timeout(3000))
    await t.rejects(async () => queue.check(AbortSignal.abort(new Error('too late'))), {
      message: 'too late',
    })
    const started = performance.now()
    await queue.close()
    t.ok(performance.now() - started < 3000, 'close does not wait for the running job')
    await queue.close()
    open()
    for (const call of [
      () => queue.enqueue(job('b')),
      () => consume(queue),
      () => queue.countPending('develop'),
      () => queue.check(AbortSignal.timeout(3000)),
    ])
      await t.rejects(async () => void (await call()), { code: 'unavailable' })
    queue.broadcast('done', 1)
    queue.subscribe('done', () => {})()
    if (other === queue) return
    const next = await consume(other)
    await next.until(1)
    t.equal(next.keys()[0], 'a', 'the running job was returned to the queue')
  },
}

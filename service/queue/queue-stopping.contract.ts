import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../test/support/until.ts'
import { consume, done, gate, job, type Proof, patienceMs } from './queue-probes.contract.ts'

/** What must hold when consumers and queues end. */
export const stoppingPromises: Record<string, Proof> = {
  async 'a drain waits for what is in hand and takes nothing more'(t, { queue, other }) {
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
    const draining = seen.consumer.drain(patienceMs)
    setTimeout(open, 200)
    await draining
    t.ok(finished)
    await sleep(200)
    t.equal(seen.deliveries.length, 1)
    const next = await consume(queue)
    await next.until(1)
    await sleep(200)
    t.equal(next.deliveries.length, 1, 'the other one, and the first is done')
    t.strictSame([...seen.keys(), ...next.keys()].sort(), ['a', 'b'])
  },

  async 'a drain that takes too long aborts and gives back: another has the job at once'(t, bench) {
    const { queue, other, silenceMs = 2000 } = bench
    const reasons: unknown[] = []
    // one handler obeys its signal, the other does not
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
    const deaf = await consume(other, { handle: () => opened.then(() => done) })
    for (const key of ['a', 'b']) await queue.enqueue(job(key))
    await Promise.all([obeying.until(1), deaf.until(1)])
    const next = await consume(queue, { concurrency: 2 })
    const begun = performance.now()
    await Promise.all([obeying.consumer.drain(100), deaf.consumer.drain(100)])
    await next.until(2)
    const ms = performance.now() - begun
    // a driver that let them lie would take two thirds of its silence at the least
    t.ok(ms > 90 && ms < (silenceMs * 2) / 3, `${ms} ms`)
    t.equal(reasons.length, 1)
    t.strictSame(next.keys().sort(), ['a', 'b'])
    t.strictSame(
      next.deliveries.map(({ attempt }) => attempt),
      [2, 2],
    )
    open()
    await sleep(100)
    t.equal(next.deliveries.length, 2, 'what the deaf one says is no matter')
  },

  async 'a consumer that had nothing to do leaves no job behind that is on its way'(t, { queue, other }) {
    for (let round = 0; round < 10; round++) {
      const idle = await consume(other)
      const publishing = queue.enqueue(job(`${round}`))
      await Promise.all([publishing, idle.consumer.drain(1000)])
      const next = await consume(queue)
      await until('the job is handled', 1500, () => idle.deliveries.length + next.deliveries.length === 1)
      t.strictSame([...idle.keys(), ...next.keys()], [`${round}`])
      await next.consumer.drain(1000)
    }
  },

  async 'a drain can be asked for twice'(_, { queue }) {
    const seen = await consume(queue)
    await Promise.all([seen.consumer.drain(100), seen.consumer.drain(100)])
    await seen.consumer.drain(100)
  },

  async 'answers a check until it is closed, and then refuses in words'(t, { queue, other }) {
    const { opened, open } = gate()
    const seen = await consume(queue, { handle: () => opened.then(() => done) })
    await queue.enqueue(job('a'))
    await seen.until(1)
    await queue.check(AbortSignal.timeout(3000))
    await t.rejects(async () => queue.check(AbortSignal.abort(new Error('too late'))), {
      message: 'too late',
    })
    const begun = performance.now()
    await queue.close()
    t.ok(performance.now() - begun < 3000, 'it does not wait for a job')
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
    t.equal(next.keys()[0], 'a', 'what it had in hand was given back')
  },
}

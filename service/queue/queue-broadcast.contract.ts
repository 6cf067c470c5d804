import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../test/support/until.ts'
import { type Proof, patienceMs } from './queue-probes.contract.ts'

/** What must hold of messages to all who listen. */
export const announcingPromises: Record<string, Proof> = {
  async 'tells all who listen, this one too, and nobody who stopped'(t, { queue, other }) {
    const heard: unknown[] = []
    const stops = [
      queue.subscribe('done', message => heard.push(['here', message])),
      other.subscribe('done', message => heard.push(['there', message])),
      other.subscribe('gone', message => heard.push(['wrong', message])),
      other.subscribe('done', () => {
        throw new Error('thrown on purpose')
      }),
    ]
    await sleep(100)
    queue.broadcast('done', { key: 'a' })
    await until('both heard', patienceMs, () => heard.length >= 2)
    const expected = { key: 'a' }
    t.strictSame(heard.sort(), [
      ['here', expected],
      ['there', expected],
    ])
    for (const stop of stops) stop()
    queue.broadcast('done', 1)
    await sleep(100)
    t.equal(heard.length, 2)
  },

  async 'announces under any topic, and never throws'(t, { queue, other }) {
    const heard: unknown[] = []
    const topics = ['error', '*', 'a b.>', '__proto__', 'é'.repeat(2000)]
    for (const topic of topics) other.subscribe(topic, message => heard.push(message))
    await sleep(100)
    for (const message of [1n, undefined, 'x'.repeat(100_000)]) queue.broadcast('*', message)
    for (const topic of topics) queue.broadcast(topic, topic)
    await until('all were heard', patienceMs, () => heard.length >= topics.length)
    t.strictSame(heard.sort(), topics.sort())
  },
}

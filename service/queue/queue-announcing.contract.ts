import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../test/support/until.ts'
import { type Proof, patienceMs } from './queue-probes.contract.ts'

/** What must hold of messages to all who listen. */
export const announcingPromises: Record<string, Proof> = {
  async 'tells all who listen, this one too, and nobody who stopped'(t, { queue, other }) {
    const heard: unknown[] = []
    const stops = [
      queue.listen('done', message => heard.push(['here', message])),
      other.listen('done', message => heard.push(['there', message])),
      other.listen('gone', message => heard.push(['wrong', message])),
      other.listen('done', () => {
        throw new Error('thrown on purpose')
      }),
    ]
    await sleep(100)
    queue.announce('done', { key: 'a' })
    await until('both heard', patienceMs, () => heard.length >= 2)
    const expected = { key: 'a' }
    t.strictSame(heard.sort(), [
      ['here', expected],
      ['there', expected],
    ])
    for (const stop of stops) stop()
    queue.announce('done', 1)
    await sleep(100)
    t.equal(heard.length, 2)
  },

  async 'announces under any topic, and never throws'(t, { queue, other }) {
    const heard: unknown[] = []
    const topics = ['error', '*', 'a b.>', '__proto__', 'é'.repeat(2000)]
    for (const topic of topics) other.listen(topic, message => heard.push(message))
    await sleep(100)
    for (const message of [1n, undefined, 'x'.repeat(100_000)]) queue.announce('*', message)
    for (const topic of topics) queue.announce(topic, topic)
    await until('all were heard', patienceMs, () => heard.length >= topics.length)
    t.strictSame(heard.sort(), topics.sort())
  },
}

import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../test/support/until.ts'
import { type QueueTest, timeoutMs } from './queue-fixture.contract.ts'

/** Tests of messages to all subscribers. */
export const broadcastTests: Record<string, QueueTest> = {
  async 'broadcast reaches all subscribers in all processes until they unsubscribe'(t, { queue, other }) {
    const received: unknown[] = []
    const unsubscribes = [
      queue.subscribe('done', message => received.push(['here', message])),
      other.subscribe('done', message => received.push(['there', message])),
      other.subscribe('unrelated', message => received.push(['wrong', message])),
      other.subscribe('done', () => {
        throw new Error('thrown on purpose')
      }),
    ]
    await sleep(100)
    queue.broadcast('done', { key: 'a' })
    await until('both processes received the message', timeoutMs, () => received.length >= 2)
    const expected = { key: 'a' }
    t.strictSame(received.sort(), [
      ['here', expected],
      ['there', expected],
    ])
    for (const unsubscribe of unsubscribes) unsubscribe()
    queue.broadcast('done', 1)
    await sleep(100)
    t.equal(received.length, 2)
  },

  async 'broadcast accepts any topic and never throws'(t, { queue, other }) {
    const received: unknown[] = []
    const topics = ['error', '*', 'a b.>', '__proto__', 'é'.repeat(2000)]
    for (const topic of topics) other.subscribe(topic, message => received.push(message))
    await sleep(100)
    for (const message of [1n, undefined, 'x'.repeat(100_000)]) queue.broadcast('*', message)
    for (const topic of topics) queue.broadcast(topic, topic)
    await until('all messages were received', timeoutMs, () => received.length >= topics.length)
    t.strictSame(received.sort(), topics.sort())
  },
}

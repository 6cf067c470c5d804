import type { HostedQueue, JobConsumer, JobOutcome, Queue } from '../queue/queue.ts'
import type { Peer } from './peer.ts'
import type { ConsumerMethods, QueueMethods } from './protocol.ts'

/** Returned to the queue at once: its handler's process has ended. */
const handedBack: JobOutcome = { kind: 'retry', delayMs: 0 }

/** A process that uses the queue. */
interface Guest {
  readonly methods: QueueMethods
  /** Returns the jobs of a process that has ended to the queue. */
  leave(): void
}

/** Lets the processes of this machine use one queue, which is in the supervisor and survives each of them. */
export class QueueHost {
  readonly #queue: HostedQueue
  readonly #guests = new Set<Pick<Peer<ConsumerMethods>, 'notify'>>()
  #runs = 0

  constructor(queue: HostedQueue) {
    this.#queue = queue
  }

  admit(peer: Pick<Peer<ConsumerMethods>, 'call' | 'notify'>): Guest {
    const queue = this.#queue
    const consumers = new Map<number, JobConsumer>()
    let isGone = false
    this.#guests.add(peer)
    const handle = async (consumer: number, ...[delivery, signal]: Handled): Promise<JobOutcome> => {
      const run = ++this.#runs
      const abort = () => peer.notify('abort', run)
      signal.addEventListener('abort', abort, { once: true })
      try {
        return await peer.call('handle', consumer, run, delivery)
      } catch (error) {
        if (isGone) return handedBack
        throw error
      } finally {
        signal.removeEventListener('abort', abort)
      }
    }
    return {
      methods: {
        enqueue: (job, traceparent) => queue.enqueue(job, traceparent),
        async consume(number, name, concurrency) {
          const handled = (...args: Handled) => handle(number, ...args)
          const consumer = await queue.consume(name, { concurrency, handle: handled })
          if (isGone) await consumer.drain(0)
          else consumers.set(number, consumer)
        },
        async drain(number, withinMs) {
          await consumers.get(number)?.drain(withinMs)
          consumers.delete(number)
        },
        broadcast: (topic, text) => {
          for (const guest of this.#guests) guest.notify('receive', topic, text)
        },
        countPending: name => queue.countPending(name),
        findOldestPending: name => queue.findOldestPending(name),
      },
      leave: () => {
        isGone = true
        this.#guests.delete(peer)
        for (const consumer of consumers.values()) void consumer.drain(0)
      },
    }
  }
}

type Handled = Parameters<Parameters<Queue['consume']>[1]['handle']>

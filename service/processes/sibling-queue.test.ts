import { createLocalQueue } from '../queue/drivers/local.ts'
import { queueContract } from '../queue/queue.contract.ts'
import { createLogger } from '../telemetry/logger.ts'
import t from '../test/support/tap.ts'
import { Peer } from './peer.ts'
import type { ConsumerMethods, QueueMethods } from './protocol.ts'
import { QueueHost } from './queue-host.ts'
import { SiblingQueue } from './sibling-queue.ts'

const logger = createLogger('silent')
const limits = { maxJobs: 20, maxBytes: 1_000_000 }

/** A process that uses the queue. Messages are copied, and arrive later, as between processes. */
function join(host: QueueHost): { queue: SiblingQueue; die(): void } {
  const carry = (receive: () => { receive(message: never): void }) => (message: unknown) => {
    const copy = structuredClone(message) as never
    setImmediate(() => receive().receive(copy))
  }
  const atHost: Peer<ConsumerMethods> = new Peer(
    carry(() => atProcess),
    {},
  )
  const atProcess: Peer<QueueMethods> = new Peer(
    carry(() => atHost),
    {},
  )
  const guest = host.admit(atHost)
  atHost.add(guest.methods)
  const queue = new SiblingQueue(atProcess, logger)
  atProcess.add(queue.methods)
  return {
    queue,
    die() {
      guest.leave()
      atHost.close()
    },
  }
}

await queueContract(t, 'siblings', async () => {
  const host = new QueueHost(createLocalQueue({ logger, ...limits }))
  return { queue: join(host).queue, other: join(host).queue, ...limits, ackWaitMs: undefined }
})

t.test('a job of a process that dies goes to another one', async t => {
  const host = new QueueHost(createLocalQueue({ logger, ...limits }))
  const [first, second] = [join(host), join(host)]
  const taken = new Promise<void>(resolve => {
    void first.queue.consume('develop', {
      concurrency: 1,
      handle: () => {
        resolve()
        return new Promise(() => {})
      },
    })
  })
  await second.queue.enqueue({ name: 'develop', version: 1, key: 'a', payload: {} })
  await taken
  first.die()
  const attempt = await new Promise(resolve => {
    void second.queue.consume('develop', {
      concurrency: 1,
      handle: async delivery => {
        resolve(delivery.attempt)
        return { kind: 'done' }
      },
    })
  })
  t.equal(attempt, 2)
})

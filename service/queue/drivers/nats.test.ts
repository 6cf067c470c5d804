import { randomUUID } from 'node:crypto'
import { createLogger } from '../../telemetry/logger.ts'
import { sharedNats } from '../../test/support/services/nats.ts'
import t from '../../test/support/tap.ts'
import { parseNatsUrl } from '../config.ts'
import { queueContract } from '../queue.contract.ts'
import { openNatsQueue } from './nats.ts'

const logger = createLogger('silent')
const limits = { maxJobs: 20, maxBytes: 1_000_000 }
const ackWaitMs = 2000

const server = await sharedNats()
if (server) {
  t.teardown(() => server.stop())
  await queueContract(t, 'nats', async () => {
    const prefix = `test-${randomUUID().slice(0, 13)}`
    const location = { ...parseNatsUrl(server.url), prefix }
    const open = () => openNatsQueue({ location, logger, ...limits, ackWaitMs })
    return { queue: await open(), other: await open(), ...limits, ackWaitMs }
  })
} else t.test('NATS queue passes the queue contract', { skip: 'there is no NATS server' }, () => {})

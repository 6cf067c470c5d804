import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createLogger } from '../../telemetry/logger.ts'
import { sharedNats } from '../../test/support/services/nats.ts'
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
    const place = { ...parseNatsUrl(server.url), prefix }
    const open = () => openNatsQueue({ place, logger, ...limits, ackWaitMs })
    return { queue: await open(), other: await open(), ...limits, silenceMs: ackWaitMs }
  })
} else t.test('the contract', { skip: 'there is no NATS server' }, () => {})

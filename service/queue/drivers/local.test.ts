import { createLogger } from '../../telemetry/logger.ts'
import t from '../../test/support/tap.ts'
import { queueContract } from '../queue.contract.ts'
import { createLocalQueue } from './local.ts'

const logger = createLogger('silent')
const limits = { maxJobs: 20, maxBytes: 1_000_000 }

await queueContract(t, 'local', async () => {
  const queue = createLocalQueue({ logger, ...limits })
  return { queue, other: queue, ...limits, ackWaitMs: undefined }
})

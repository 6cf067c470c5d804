import { openQueue } from '../../app.ts'
import type { Config } from '../../config.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Report } from './report.ts'

/** How long it may take to answer, in milliseconds. */
const answerMs = 10_000

/** Whether jobs can wait in NATS. The queue in the process needs nothing, so nothing is said of it. */
export async function checkQueue(report: Report, config: Config, logger: Logger): Promise<void> {
  if (config.NATS_URL === undefined) return
  await report.check('queue', 'start it with JetStream (nats-server -js), or correct NATS_URL', async () => {
    const queue = await openQueue(config, logger)
    try {
      await queue.check(AbortSignal.timeout(answerMs))
    } finally {
      await queue.close()
    }
    return { detail: 'NATS_URL takes jobs', value: true }
  })
}

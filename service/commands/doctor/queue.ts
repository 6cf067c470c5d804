import { openQueue } from '../../app.ts'
import type { Config } from '../../config.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Report } from './report.ts'

/** How long NATS may take to answer, in milliseconds. */
const answerMs = 10_000

/** Checks that NATS takes jobs. Without NATS_URL there is nothing to check. */
export async function checkQueue(report: Report, config: Config, logger: Logger): Promise<void> {
  if (config.NATS_URL === undefined) return
  await report.check(
    'queue',
    'start the NATS server with JetStream (nats-server -js), or correct NATS_URL',
    async () => {
      const queue = await openQueue(config, logger)
      try {
        await queue.check(AbortSignal.timeout(answerMs))
      } finally {
        await queue.close()
      }
      return { detail: 'the server of NATS_URL accepts jobs', value: true }
    },
  )
}

import { DarkroomError } from '../errors/catalogue.ts'
import type { QuotaRepository } from '../metadata/quotas.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** How long counts are trusted, in milliseconds: a day. */
const trustedMs = 86_400_000
/** After how long a sweep checks no further user, in milliseconds. The next sweep goes on with the users who are left. */
const budgetMs = 10_000

export interface HoldingsCheckParts {
  readonly quotas: Pick<QuotaRepository, 'listUnchecked' | 'repair' | 'repairDerivatives' | 'postponeCheck'>
  readonly metrics: Pick<Metrics, 'watch'>
  readonly logger: Logger
}

/** Compares what users have stored with its counts, on which their limits depend. */
export interface HoldingsCheck {
  /**
   * Compares and corrects the counts of users whose last comparison is more than a day ago. Starts with no further user
   * after 10 s.
   */
  sweep(signal: AbortSignal): Promise<void>
}

export function createHoldingsCheck({ quotas, metrics, logger }: HoldingsCheckParts): HoldingsCheck {
  let corrected = 0
  metrics.watch('darkroom_holdings_corrected', () => corrected)
  const skip = async (userId: string, error: unknown) => {
    if (!(error instanceof DarkroomError) || error.isOutage) throw error
    logger.warn({ userId, err: error }, 'failed to compare the counts of what a user has stored')
    await quotas.postponeCheck(userId)
    return undefined
  }
  /** Undefined when all counts were right. */
  const repairAll = async (userId: string, signal: AbortSignal) => {
    const images = await quotas.repair(userId)
    const derivatives = await quotas.repairDerivatives(userId, signal)
    return (images || derivatives) && { ...images, ...derivatives }
  }
  return {
    async sweep(signal) {
      const end = Date.now() + budgetMs
      for (;;) {
        const users = await quotas.listUnchecked(new Date(Date.now() - trustedMs))
        for (const userId of users) {
          if (signal.aborted || Date.now() > end) return
          const drift = await repairAll(userId, signal).catch(error => skip(userId, error))
          if (drift === undefined) continue
          corrected++
          logger.warn(drift, 'corrected the counts of what a user has stored')
        }
        if (users.length === 0) return
      }
    },
  }
}

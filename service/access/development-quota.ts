import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { QuotaRepository } from '../metadata/quotas.ts'
import type { UserLimits } from '../metadata/user-limits.ts'
import type { UserRepository } from '../metadata/users.ts'

const dayMs = 86_400_000
/** How long a user's limits count as known where jobs begin, and of how many users, in milliseconds. */
const limitsFreshMs = 500
const mostKnown = 10_000

export interface DevelopmentQuotaParts {
  readonly quotas: Pick<QuotaRepository, 'tryCountDevelopment' | 'countDevelopments'>
  readonly users: Pick<UserRepository, 'findById'>
}

/**
 * Counts developments a day for users for whom they are limited, those that fail included; what makes a stand-in final is
 * none of them. While the database does not answer nobody is counted, and nobody refused.
 */
export interface DevelopmentQuota {
  /** Counts one that is about to begin. @throws DarkroomError `too-many-requests` until midnight */
  take(userId: string, limits: UserLimits | null): Promise<void>
  /** Whether one may be ordered; the job counts it. @throws DarkroomError `too-many-requests` until midnight */
  requireRemaining(userId: string, limits: UserLimits | null): Promise<void>
  /** Counts one of a job, which is given up where there were too many meanwhile. @throws DarkroomError `over-limit` */
  takeInJob(userId: string): Promise<void>
}

export function createDevelopmentQuota({ quotas, users }: DevelopmentQuotaParts): DevelopmentQuota {
  const known = new RevalidatingCache<UserLimits>({
    max: mostKnown,
    revalidateAfterMs: limitsFreshMs,
    load: async userId => (await users.findById(userId))?.limits ?? {},
  })
  return {
    async take(userId, limits) {
      const most = limits?.developmentsPerDay
      if (most !== undefined && (await unlessAway(quotas.tryCountDevelopment(userId, most))) === false)
        throw tooMany(most)
    },
    async requireRemaining(userId, limits) {
      const most = limits?.developmentsPerDay
      if (most === undefined) return
      const count = (await unlessAway(quotas.countDevelopments(userId))) ?? 0
      if (count >= most) throw tooMany(most)
    },
    async takeInJob(userId) {
      const refusedBy = async (limits: UserLimits | undefined) => {
        const most = limits?.developmentsPerDay
        return most === undefined || (await quotas.tryCountDevelopment(userId, most)) ? undefined : most
      }
      if ((await refusedBy(await known.get(userId))) === undefined) return
      // it may have been raised a moment ago, and what fails in a job is answered for a while
      const most = await refusedBy(await known.revalidate(userId))
      if (most !== undefined) throw new DarkroomError('over-limit', inWords(most))
    },
  }
}

/** What the database says, however long it takes; undefined while it is away. */
async function unlessAway<T>(query: Promise<T>): Promise<T | undefined> {
  return query.catch(error => {
    if (!(error instanceof DarkroomError) || error.code !== 'unavailable') throw error
    return undefined
  })
}

const inWords = (most: number) => `developmentsPerDay: at most ${most}, from midnight to midnight UTC`

const tooMany = (most: number) =>
  new DarkroomError('too-many-requests', inWords(most), { retryAfterMs: dayMs - (Date.now() % dayMs) })

import { accountKey, type Changes } from '../cache/change-log.ts'
import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { QuotaRepository } from '../metadata/quotas.ts'
import type { UserLimits } from '../metadata/user-limits.ts'
import type { UserRepository } from '../metadata/users.ts'

const dayMs = 86_400_000
/** The most users whose limits are cached for jobs. */
const maxCached = 10_000

export interface DevelopmentQuotaParts {
  readonly quotas: Pick<QuotaRepository, 'tryCountRender' | 'countRenders'>
  readonly users: Pick<UserRepository, 'findById'>
  readonly changes: Changes
}

/**
 * Enforces `developmentsPerDay`. Failed renders count; the job that replaces a stand-in does not. While the
 * database does not answer, requests are neither counted nor rejected.
 */
export interface DevelopmentQuota {
  /** Counts a render before it starts. @throws DarkroomError `too-many-requests` until midnight */
  take(userId: string, limits: UserLimits | null): Promise<void>
  /**
   * Checks that a render may still be enqueued; its job counts it.
   * @throws DarkroomError `too-many-requests` until midnight
   */
  requireRemaining(userId: string, limits: UserLimits | null): Promise<void>
  /**
   * Counts a render in its job, which fails when the quota was used up since it was enqueued.
   * @throws DarkroomError `over-limit`
   */
  takeInJob(userId: string): Promise<void>
}

export function createDevelopmentQuota({ quotas, users, changes }: DevelopmentQuotaParts): DevelopmentQuota {
  const limitsOf = new RevalidatingCache<UserLimits>({
    max: maxCached,
    load: async userId => (await users.findById(userId))?.limits ?? {},
    watching: { changes, keysOf: userId => [accountKey(userId)] },
  })
  return {
    async take(userId, limits) {
      const max = limits?.developmentsPerDay
      if (max !== undefined && (await unlessUnavailable(quotas.tryCountRender(userId, max))) === false)
        throw tooMany(max)
    },
    async requireRemaining(userId, limits) {
      const max = limits?.developmentsPerDay
      if (max === undefined) return
      const count = (await unlessUnavailable(quotas.countRenders(userId))) ?? 0
      if (count >= max) throw tooMany(max)
    },
    async takeInJob(userId) {
      const exceededLimit = async (limits: UserLimits | undefined) => {
        const max = limits?.developmentsPerDay
        return max === undefined || (await quotas.tryCountRender(userId, max)) ? undefined : max
      }
      if ((await exceededLimit(await limitsOf.get(userId))) === undefined) return
      // the cached limit may be outdated, and a failed job would be reported to requests for minutes
      const max = await exceededLimit(await limitsOf.revalidate(userId))
      if (max !== undefined) throw new DarkroomError('over-limit', detailOf(max))
    },
  }
}

/** The result of a query, however long it takes; undefined when the database is unavailable. */
async function unlessUnavailable<T>(query: Promise<T>): Promise<T | undefined> {
  return query.catch(error => {
    if (!(error instanceof DarkroomError) || error.code !== 'unavailable') throw error
    return undefined
  })
}

const detailOf = (max: number) => `developmentsPerDay: at most ${max}, from midnight to midnight UTC`

const tooMany = (max: number) =>
  new DarkroomError('too-many-requests', detailOf(max), { retryAfterMs: dayMs - (Date.now() % dayMs) })

import type { Derivative } from '../cache/memory-tier.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import { withTimeout } from '../cache/with-timeout.ts'
import type { Engine } from '../engine/engine.ts'
import { catalogue, DarkroomError } from '../errors/catalogue.ts'
import type { FailedJob, FailedJobRepository } from '../metadata/failed-jobs.ts'
import { isHeavy } from '../plan/heavy.ts'
import type { Plan } from '../plan/plan.ts'
import type { Announcements } from './announcements.ts'
import { type DevelopOrder, developName } from './develop-order.ts'
import type { Wanted } from './developing.ts'
import type { Picture } from './picture.ts'
import type { Standins } from './standins.ts'

/** How often the store is looked at while nothing is announced, in milliseconds: less and less often. */
const firstLookMs = 250
const longestLookMs = 2_000
/** When a client may come back that has waited in vain, in milliseconds. */
const comeBackMs = 5_000

export interface HeavyParts {
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly dispatch: (order: DevelopOrder) => Promise<'queued' | 'duplicate'>
  readonly announcements: Announcements
  readonly failedJobs: Pick<FailedJobRepository, 'findActive'>
  readonly cache: TieredCache
  readonly standins: Standins
  readonly engine: Pick<Engine, 'expectedMs'>
  /** From which expected time on work is heavy, in milliseconds. */
  readonly costMs: number
  /** How long a request waits for it, in milliseconds. */
  readonly waitMs: number
}

/** What a development failed with lately, which is the answer for a while; undefined for nothing. */
export type Recollection = Promise<Pick<FailedJob, 'code' | 'detail' | 'answersUntil'> | undefined>

/** Developments that are left to whoever is free, here or in another process. */
export interface Heavy {
  /** Whether a development is one of them. */
  takes(plan: Plan, picture: Picture): boolean
  /** Asks for the failure of a derivative, beside what else is asked meanwhile; nobody need wait for it. */
  recall(key: string): Recollection
  /** Has a derivative developed and does not wait for it. @throws as `develop` does, but for the wait */
  order(wanted: Wanted): Promise<'queued' | 'duplicate'>
  /**
   * Has a derivative developed that did not fail lately, and waits for it; the work goes on when nobody waits any more.
   * `shared`: others had asked for it.
   * @throws DarkroomError what the development failed with, lately or now; `overloaded` when it takes longer than a
   *   request waits, `unavailable` when nobody can be asked
   */
  develop(
    wanted: Wanted,
    failure: Recollection,
    signal: AbortSignal,
  ): Promise<{ derivative: Derivative; tier: 'miss' | 'shared' }>
}

export function createHeavy(parts: HeavyParts): Heavy {
  const { dispatch, announcements, cache, standins, engine, costMs, waitMs } = parts
  const recall: Heavy['recall'] = key => {
    const failure = withTimeout(parts.failedJobs.findActive(developName, key))
    // an error is for whoever waits for it
    failure.catch(() => {})
    return failure
  }
  const order = async ({ key, image, file, presets = [] }: Wanted, failure = recall(key)) => {
    refuseFailed(await failure)
    return dispatch({ userId: image.userId, imageId: image.imageId, file, presets: [...presets] })
  }
  return {
    recall,
    order: wanted => order(wanted),
    takes: (plan, { others }) =>
      isHeavy(
        { ...plan, costMs: engine.expectedMs(plan) },
        [...others.values()].map(({ facts }) => facts),
        costMs,
      ),
    async develop(wanted, failure, signal) {
      const ear = announcements.listen(wanted.key)
      try {
        const published = await order(wanted, failure)
        const patience = AbortSignal.timeout(waitMs)
        let pauseMs = firstLookMs
        do {
          await ear.news(pauseMs, signal)
          const derivative = cache.getFromMemory(wanted.key) ?? (await standins.fromStore(wanted, signal))
          if (derivative) return { derivative, tier: published === 'queued' ? 'miss' : 'shared' }
          refuseFailed(await recall(wanted.key))
          pauseMs = Math.min(2 * pauseMs, longestLookMs)
        } while (!patience.aborted)
      } finally {
        ear.close()
      }
      const extras = { retryAfterMs: comeBackMs }
      throw new DarkroomError('overloaded', 'the image is still being developed: ask again later', extras)
    },
  }
}

/** A failure answers for a while, so that a poisonous image costs its retries once and not with every request. */
function refuseFailed(failure: Awaited<Recollection>): void {
  if (failure === undefined) return
  if (catalogue[failure.code].status < 500) throw new DarkroomError(failure.code, failure.detail)
  const retryAfterMs = Math.max(1, failure.answersUntil.getTime() - Date.now())
  throw new DarkroomError('unavailable', 'the image could not be developed lately', { retryAfterMs })
}

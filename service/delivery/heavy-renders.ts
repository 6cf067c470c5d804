import type { Derivative } from '../cache/memory-tier.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import { withTimeout } from '../cache/with-timeout.ts'
import type { Engine } from '../engine/engine.ts'
import { catalogue, DarkroomError } from '../errors/catalogue.ts'
import type { FailedJob, FailedJobRepository } from '../metadata/failed-jobs.ts'
import { isHeavy } from '../plan/heavy.ts'
import type { Plan } from '../plan/plan.ts'
import { type DerivativeJob, developJobName } from './derivative-job.ts'
import type { ImageWithOverlays } from './image-with-overlays.ts'
import type { ReadyNotices } from './ready-notices.ts'
import type { RenderRequest } from './render.ts'
import type { Standins } from './standins.ts'

/** How often the store is looked at while nothing is announced, in milliseconds: less and less often. */
const firstLookMs = 250
const longestLookMs = 2_000
/** When a client may come back that has waited in vain, in milliseconds. */
const comeBackMs = 5_000

export interface HeavyRendersParts {
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly dispatch: (order: DerivativeJob) => Promise<'queued' | 'duplicate'>
  readonly readyNotices: ReadyNotices
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
export type RecentFailure = Promise<Pick<FailedJob, 'code' | 'detail' | 'answersUntil'> | undefined>

/** Developments that are left to whoever is free, here or in another process. */
export interface HeavyRenders {
  /** Whether a development is one of them. */
  isHeavy(plan: Plan, picture: ImageWithOverlays): boolean
  /** Asks for the failure of a derivative, beside what else is asked meanwhile; nobody need wait for it. */
  recentFailure(key: string): RecentFailure
  /** Has a derivative developed and does not wait for it. @throws as `develop` does, but for the wait */
  enqueue(wanted: RenderRequest): Promise<'queued' | 'duplicate'>
  /**
   * Has a derivative developed that did not fail lately, and waits for it; the work goes on when nobody waits any more.
   * `shared`: others had asked for it.
   * @throws DarkroomError what the development failed with, lately or now; `overloaded` when it takes longer than a
   *   request waits, `unavailable` when nobody can be asked
   */
  renderByJob(
    wanted: RenderRequest,
    failure: RecentFailure,
    signal: AbortSignal,
  ): Promise<{ derivative: Derivative; tier: 'miss' | 'shared' }>
}

export function createHeavyRenders(parts: HeavyRendersParts): HeavyRenders {
  const { dispatch, readyNotices, cache, standins, engine, costMs, waitMs } = parts
  const recentFailure: HeavyRenders['recentFailure'] = key => {
    const failure = withTimeout(parts.failedJobs.findActive(developJobName, key))
    // an error is for whoever waits for it
    failure.catch(() => {})
    return failure
  }
  const order = async ({ key, image, file, presets = [] }: RenderRequest, failure = recentFailure(key)) => {
    refuseFailed(await failure)
    return dispatch({ userId: image.userId, imageId: image.imageId, file, presets: [...presets] })
  }
  return {
    recentFailure: recentFailure,
    enqueue: wanted => order(wanted),
    isHeavy: (plan, { overlays }) =>
      isHeavy(
        { ...plan, costMs: engine.expectedMs(plan) },
        [...overlays.values()].map(({ facts }) => facts),
        costMs,
      ),
    async renderByJob(wanted, failure, signal) {
      const subscription = readyNotices.subscribe(wanted.key)
      try {
        const published = await order(wanted, failure)
        const patience = AbortSignal.timeout(waitMs)
        let pauseMs = firstLookMs
        do {
          await subscription.nextNotice(pauseMs, signal)
          const derivative = cache.getFromMemory(wanted.key) ?? (await standins.loadStored(wanted, signal))
          if (derivative) return { derivative, tier: published === 'queued' ? 'miss' : 'shared' }
          refuseFailed(await recentFailure(wanted.key))
          pauseMs = Math.min(2 * pauseMs, longestLookMs)
        } while (!patience.aborted)
      } finally {
        subscription.close()
      }
      const extras = { retryAfterMs: comeBackMs }
      throw new DarkroomError('overloaded', 'the image is still being developed: ask again later', extras)
    },
  }
}

/** A failure answers for a while, so that a poisonous image costs its retries once and not with every request. */
function refuseFailed(failure: Awaited<RecentFailure>): void {
  if (failure === undefined) return
  if (catalogue[failure.code].status < 500) throw new DarkroomError(failure.code, failure.detail)
  const retryAfterMs = Math.max(1, failure.answersUntil.getTime() - Date.now())
  throw new DarkroomError('unavailable', 'the image could not be developed lately', { retryAfterMs })
}

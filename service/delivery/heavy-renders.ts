import type { Derivative } from '../cache/memory-tier.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import { withTimeout } from '../cache/with-timeout.ts'
import type { Engine } from '../engine/engine.ts'
import { DarkroomError, statuses } from '../errors/catalogue.ts'
import type { FailedJob, FailedJobRepository } from '../metadata/failed-jobs.ts'
import { isHeavy } from '../plan/heavy.ts'
import type { Plan } from '../plan/plan.ts'
import { type DerivativeJob, developJobName, versionInJob } from './derivative-job.ts'
import type { CacheStatus } from './image-response.ts'
import type { ImageWithOverlays } from './image-with-overlays.ts'
import type { ReadyNotices, ReadySubscription } from './ready-notices.ts'
import type { RenderRequest } from './render.ts'
import type { Standins } from './standins.ts'

/** Polling intervals of the store while no notice arrives, in milliseconds, doubled from first to longest. */
const firstPollMs = 250
const longestPollMs = 2_000
/** When a client should retry after it has waited without a result, in milliseconds. */
const retryAfterMs = 5_000
/**
 * A request does not wait at all if its render is expected to take more than this many times the waiting time. It is
 * above 1 because the estimate may be wrong.
 */
const maxExpectedWaits = 2

export interface HeavyRendersParts {
  /**
   * Enqueues the job. One that is promised to a client is enqueued again when the queue has lost it.
   * @throws DarkroomError `unavailable` within a second, or `overloaded`
   */
  readonly dispatch: (job: DerivativeJob, options: DispatchOptions) => Promise<'queued' | 'duplicate'>
  readonly readyNotices: ReadyNotices
  readonly failedJobs: Pick<FailedJobRepository, 'findActive'>
  readonly cache: TieredCache
  readonly standins: Standins
  readonly engine: Pick<Engine, 'expectedMs'>
  /** The expected time above which a render is heavy, in milliseconds. */
  readonly costMs: number
  /** How long a request waits for a heavy render, in milliseconds. */
  readonly waitMs: number
}

interface DispatchOptions {
  readonly isPromised: boolean
}

/** The failure of a derivative's last job, while it is remembered; undefined for none. */
export type RecentFailure = Promise<Pick<FailedJob, 'code' | 'detail' | 'answersUntil'> | undefined>

/** Renders that are enqueued as jobs, for this process or any other, instead of being rendered by the request. */
export class HeavyRenders {
  readonly #parts: HeavyRendersParts

  constructor(parts: HeavyRendersParts) {
    this.#parts = parts
  }

  /** Whether a render must be a job: it is expected to take long, or needs a slow decoder. */
  isHeavy(plan: Plan, { overlays }: ImageWithOverlays): boolean {
    const { engine, costMs } = this.#parts
    const expected = { ...plan, costMs: engine.expectedMs(plan) }
    const overlayFacts = [...overlays.values()].map(({ facts }) => facts)
    return isHeavy(expected, overlayFacts, costMs)
  }

  /** Starts the look-up of a derivative's recent failure. The caller may drop the promise: a rejection is handled. */
  recentFailure(key: string): RecentFailure {
    const failure = withTimeout(this.#parts.failedJobs.findActive(developJobName, key))
    failure.catch(() => {})
    return failure
  }

  /**
   * Enqueues the job without waiting for its result, which the client is promised.
   * @throws DarkroomError the recent failure, or what `dispatch` throws
   */
  async enqueue(request: RenderRequest): Promise<void> {
    await this.#enqueue(request, this.recentFailure(request.key), { isPromised: true })
  }

  /**
   * Enqueues the job and waits for its result; the job goes on when the request stops waiting. The status is `shared`
   * when the job was enqueued before. A request whose new job is expected to take far longer does not wait.
   * @throws DarkroomError the error of the job, if it failed recently or fails now; `overloaded` when the result does
   *   not come in time, `unavailable` when the job cannot be enqueued
   */
  async renderByJob(
    request: RenderRequest,
    failure: RecentFailure,
    signal: AbortSignal,
  ): Promise<{ derivative: Derivative; cacheStatus: CacheStatus & ('miss' | 'shared') }> {
    const subscription = this.#parts.readyNotices.subscribe(request.key)
    try {
      const enqueued = await this.#enqueue(request, failure, { isPromised: false })
      if (enqueued === 'queued') this.#rejectIfTooSlow(request)
      const derivative = await this.#waitForResult(request, subscription, signal)
      return { derivative, cacheStatus: enqueued === 'queued' ? 'miss' : 'shared' }
    } finally {
      subscription.close()
    }
  }

  async #enqueue(
    { image: { userId, imageId }, file, version, presets }: RenderRequest,
    failure: RecentFailure,
    options: DispatchOptions,
  ): Promise<'queued' | 'duplicate'> {
    throwIfFailed(await failure)
    const job = { userId, imageId, file, presets: [...presets], isRequested: true }
    return this.#parts.dispatch({ ...job, ...versionInJob({ version }) }, options)
  }

  /** @throws DarkroomError `overloaded`, with the expected time as `Retry-After`, when the request should not wait */
  #rejectIfTooSlow({ plan }: RenderRequest): void {
    const { engine, waitMs } = this.#parts
    const expectedMs = plan ? engine.expectedMs(plan) : 0
    if (expectedMs <= maxExpectedWaits * waitMs) return
    const detail = `the image takes about ${Math.ceil(expectedMs / 1000)} s to be rendered, retry later`
    throw new DarkroomError('overloaded', detail, { retryAfterMs: expectedMs })
  }

  async #waitForResult(
    request: RenderRequest,
    subscription: ReadySubscription,
    signal: AbortSignal,
  ): Promise<Derivative> {
    const { cache, standins, waitMs } = this.#parts
    const timeout = AbortSignal.timeout(waitMs)
    let pollMs = firstPollMs
    do {
      await subscription.nextNotice(pollMs, signal)
      // what the job stores was requested by this request, and not before
      const derivative = cache.getFromMemory(request.key) ?? (await standins.loadStored(request, signal, 0))
      if (derivative) return derivative
      throwIfFailed(await this.recentFailure(request.key))
      pollMs = Math.min(2 * pollMs, longestPollMs)
    } while (!timeout.aborted)
    throw new DarkroomError('overloaded', 'the image is still being rendered, retry later', { retryAfterMs })
  }
}

/** A failure is remembered for a while, so that an image that always fails is not retried on every request. */
function throwIfFailed(failure: Awaited<RecentFailure>): void {
  if (failure === undefined) return
  if (statuses[failure.code] < 500) throw new DarkroomError(failure.code, failure.detail)
  const retryAfterMs = Math.max(1, failure.answersUntil.getTime() - Date.now())
  throw new DarkroomError('unavailable', 'rendering this image failed recently, retry later', {
    retryAfterMs,
  })
}

import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import Type from 'typebox'
import Value from 'typebox/value'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { EdgeCallRepository } from '../metadata/edge-calls.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { EdgeTarget } from './edge-targets.ts'
import { sendPurge } from './send-purge.ts'
import { defaultTagHeaders, type TagHeaders } from './surrogate-keys.ts'

/** The name of the job that sends a purge call to a CDN. */
export const purgeEdgeJobName = 'purge-edge'

/**
 * The payload of that job. It names the target only by its id: processes read the target's URL and secret from their
 * configuration.
 */
export const PurgeEdgeJob = Type.Object({
  target: Type.String(),
  tags: Type.Array(Type.String(), { minItems: 1, maxItems: 1_000 }),
  reason: Type.String(),
  at: Type.Integer({ description: 'Unix seconds' }),
  /** The id of the recorded call. It makes the job unique: no call may be dropped as a duplicate of an earlier one. */
  purge: Type.String(),
})
export type PurgeEdgeJob = Type.Static<typeof PurgeEdgeJob>

export type PurgeReason = 'purge' | 'delete' | 'takedown'

/** Purges the CDNs in front of the service. */
export interface EdgePurger {
  /**
   * Records and enqueues purge calls to all CDNs, so that no crash loses one. The objects must be deleted before,
   * because the CDNs could fetch them again.
   * @throws DarkroomError `unavailable` or `overloaded` when the calls cannot be recorded or enqueued
   */
  purge(tags: readonly string[], reason: PurgeReason): Promise<void>
  /** Sends a purge call once no process serves the old content any more. @throws DarkroomError as `sendPurge` does */
  send(job: PurgeEdgeJob, signal: AbortSignal): Promise<void>
  /** Removes the record of a call that was given up. Never throws. */
  abandon(job: PurgeEdgeJob): void
  /**
   * Enqueues calls that are overdue, because their jobs were lost.
   * @throws DarkroomError `unavailable` or `overloaded`
   */
  enqueueDue(signal: AbortSignal): Promise<void>
  /** The headers that state the surrogate keys of a response. */
  readonly tagHeaders: TagHeaders
}

/**
 * The delay between a removal and the calls to the CDNs, in milliseconds. Other processes may serve the removed content
 * from memory for up to a second, and a CDN that asked in that time would cache it again. The job states the time of
 * the removal in whole seconds, hence another second.
 */
const settledMs = 2_000

/** The time in milliseconds after which a recorded call is enqueued again, because its job may have been lost. */
const dueMs = 120_000

export interface EdgePurgerParts {
  readonly targets: readonly EdgeTarget[]
  readonly calls: EdgeCallRepository
  readonly logger: Logger
  /** Called for each call with its outcome: `done`, or the code of a problem. */
  readonly onSent?: (provider: string, outcome: string) => void
  /** Enqueues the job of a call. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly enqueue: (job: PurgeEdgeJob) => Promise<unknown>
}

export function createEdgePurger({ targets, calls, enqueue, onSent, logger }: EdgePurgerParts): EdgePurger {
  return {
    async purge(tags, reason) {
      const jobs = jobsFor(targets, tags, reason)
      if (jobs.length === 0) return
      await calls.add(
        jobs.map(job => ({ id: job.purge, payload: job })),
        dueMs,
      )
      for (const job of jobs) await enqueue(job)
    },
    async send({ target: id, tags, reason, at, purge }, signal) {
      const target = targets.find(one => one.id === id)
      // the CDN was removed from the configuration
      if (target === undefined) return calls.remove(purge)
      // bounded, because the clock of the process that enqueued the job may be ahead
      const leftMs = Math.min(at * 1000 + settledMs - Date.now(), settledMs)
      if (leftMs > 0) await setTimeout(leftMs, undefined, { signal })
      const { name } = target.provider
      try {
        await sendPurge(target, target.createRequest({ tags, reason, at }), signal)
        onSent?.(name, 'done')
      } catch (error) {
        if (!signal.aborted) onSent?.(name, codeOf(error))
        throw error
      }
      await calls.remove(purge)
    },
    abandon({ purge }) {
      calls
        .remove(purge)
        // the call will be enqueued and given up again
        .catch(error =>
          logger.warn({ reason: messageOf(error) }, 'failed to remove a CDN call that was given up'),
        )
    },
    async enqueueDue(signal) {
      for (const { id, payload } of await calls.claimDue(dueMs)) {
        if (signal.aborted) return
        if (Value.Check(PurgeEdgeJob, payload)) await enqueue(payload)
        else await calls.remove(id)
      }
    },
    tagHeaders: tags => Object.assign({}, ...headersOf(targets).map(headers => headers(tags))),
  }
}

const codeOf = (error: unknown) => (error instanceof DarkroomError ? error.code : 'internal')

/** One job for each target, or several when there are more tags than one call may have. */
function jobsFor(
  targets: readonly EdgeTarget[],
  tags: readonly string[],
  reason: PurgeReason,
): PurgeEdgeJob[] {
  const at = Math.floor(Date.now() / 1000)
  const jobs: PurgeEdgeJob[] = []
  for (const { id: target, provider } of targets) {
    for (let from = 0; from < tags.length; from += provider.maxTags) {
      const batch = tags.slice(from, from + provider.maxTags)
      jobs.push({ target, tags: batch, reason, at, purge: randomUUID() })
    }
  }
  return jobs
}

/** The header `Cache-Tag` of the HTTP contract, then those of the providers, which may replace it. */
function headersOf(targets: readonly EdgeTarget[]): TagHeaders[] {
  return [defaultTagHeaders, ...targets.flatMap(({ provider }) => provider.tagHeaders ?? [])]
}

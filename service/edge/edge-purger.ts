import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import Type from 'typebox'
import Value from 'typebox/value'
import { messageOf } from '../errors/catalogue.ts'
import type { EdgeCallRepository } from '../metadata/edge-calls.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { EdgeTarget } from './edge-targets.ts'
import { sendPurge } from './send-purge.ts'
import { defaultTagHeaders, type TagHeaders } from './surrogate-keys.ts'

/** The name of the job that tells a cache in front. */
export const purgeEdgeJobName = 'purge-edge'

/** A call that somebody shall make; where it goes and with which secret, its process knows. */
export const PurgeEdgeJob = Type.Object({
  target: Type.String(),
  tags: Type.Array(Type.String(), { minItems: 1, maxItems: 1_000 }),
  reason: Type.String(),
  at: Type.Integer({ description: 'Unix seconds' }),
  /** Names the call on record: no earlier call does for a later one. */
  purge: Type.String(),
})
export type PurgeEdgeJob = Type.Static<typeof PurgeEdgeJob>

/** Why caches in front are told. */
export type PurgeReason = 'purge' | 'delete' | 'takedown'

/** The caches in front of the service. */
export interface EdgePurger {
  /**
   * Has them told to forget tags, and lets no crash keep it from them. What these stood for must be gone by now: they
   * would fetch it once more.
   * @throws DarkroomError `unavailable` or `overloaded` when nobody can be asked to tell them
   */
  purge(tags: readonly string[], reason: PurgeReason): Promise<void>
  /** Tells one of them, as soon as no process answers by what it knew before. @throws DarkroomError as `post` does */
  send(order: PurgeEdgeJob, signal: AbortSignal): Promise<void>
  /** Notes that a call will not be made. Never throws. */
  abandon(order: PurgeEdgeJob): void
  /** Hands out again what ought to have been told by now. @throws DarkroomError `unavailable` or `overloaded` */
  enqueueDue(signal: AbortSignal): Promise<void>
  /** How they learn the tags of a response. */
  readonly tagHeaders: TagHeaders
}

/**
 * When a cache is told, in milliseconds from the second in which something was taken away: for another second a process
 * that has not heard of it may still answer, and a cache would keep that for as long as it may.
 */
const settledMs = 2_000

/** When a call is looked after, in milliseconds: one that waits, or is tried again, stays the only one. */
const dueMs = 120_000

export interface EdgePurgerParts {
  readonly targets: readonly EdgeTarget[]
  readonly calls: EdgeCallRepository
  readonly logger: Logger
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly enqueue: (order: PurgeEdgeJob) => Promise<unknown>
}

export function createEdgePurger({ targets, calls, enqueue, logger }: EdgePurgerParts): EdgePurger {
  return {
    async purge(tags, reason) {
      const orders = ordersFor(targets, tags, reason)
      if (orders.length === 0) return
      await calls.add(
        orders.map(order => ({ id: order.purge, payload: order })),
        dueMs,
      )
      for (const order of orders) await enqueue(order)
    },
    async send(order, signal) {
      const { target: id, tags, reason, at, purge } = order
      const target = targets.find(one => one.id === id)
      // it was taken out of the configuration since
      if (target === undefined) return calls.remove(purge)
      // no longer than this, whatever the clock of the process that ordered it says
      const leftMs = Math.min(at * 1000 + settledMs - Date.now(), settledMs)
      if (leftMs > 0) await setTimeout(leftMs, undefined, { signal })
      await sendPurge(target, target.createRequest({ tags, reason, at }), signal)
      await calls.remove(purge)
    },
    abandon({ purge }) {
      calls
        .remove(purge)
        // it will be handed out again, and given up again
        .catch(error => logger.warn({ reason: messageOf(error) }, 'a call to the edge could not be given up'))
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

/** A call for each target, or several where it does not take so many tags at once. */
function ordersFor(
  targets: readonly EdgeTarget[],
  tags: readonly string[],
  reason: PurgeReason,
): PurgeEdgeJob[] {
  const at = Math.floor(Date.now() / 1000)
  const orders: PurgeEdgeJob[] = []
  for (const { id: target, provider } of targets) {
    for (let from = 0; from < tags.length; from += provider.maxTags)
      orders.push({
        target,
        tags: tags.slice(from, from + provider.maxTags),
        reason,
        at,
        purge: randomUUID(),
      })
  }
  return orders
}

/** The contract's header, then those of the targets: they may write it in their own way. */
function headersOf(targets: readonly EdgeTarget[]): TagHeaders[] {
  return [defaultTagHeaders, ...targets.flatMap(({ provider }) => provider.tagHeaders ?? [])]
}

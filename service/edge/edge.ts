import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import Type from 'typebox'
import Value from 'typebox/value'
import { messageOf } from '../errors/catalogue.ts'
import type { EdgeCallRepository } from '../metadata/edge-calls.ts'
import type { Logger } from '../telemetry/logger.ts'
import { post } from './post.ts'
import { plainTagHeaders, type TagHeaders } from './tags.ts'
import type { EdgeTarget } from './targets.ts'

/** The name of the job that tells a cache in front. */
export const purgeEdgeName = 'purge-edge'

/** A call that somebody shall make; where it goes and with which secret, its process knows. */
export const EdgeOrder = Type.Object({
  target: Type.String(),
  tags: Type.Array(Type.String(), { minItems: 1, maxItems: 1_000 }),
  reason: Type.String(),
  at: Type.Integer({ description: 'Unix seconds' }),
  /** Names the call on record: no earlier call does for a later one. */
  purge: Type.String(),
})
export type EdgeOrder = Type.Static<typeof EdgeOrder>

/** Why caches in front are told. */
export type EdgeReason = 'purge' | 'delete' | 'takedown'

/** The caches in front of the service. */
export interface Edge {
  /**
   * Has them told to forget tags, and lets no crash keep it from them. What these stood for must be gone by now: they
   * would fetch it once more.
   * @throws DarkroomError `unavailable` or `overloaded` when nobody can be asked to tell them
   */
  tell(tags: readonly string[], reason: EdgeReason): Promise<void>
  /** Tells one of them, as soon as no process answers by what it knew before. @throws DarkroomError as `post` does */
  call(order: EdgeOrder, signal: AbortSignal): Promise<void>
  /** Notes that a call will not be made. Never throws. */
  giveUp(order: EdgeOrder): void
  /** Hands out again what ought to have been told by now. @throws DarkroomError `unavailable` or `overloaded` */
  catchUp(signal: AbortSignal): Promise<void>
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

export interface EdgeParts {
  readonly targets: readonly EdgeTarget[]
  readonly calls: EdgeCallRepository
  readonly logger: Logger
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly dispatch: (order: EdgeOrder) => Promise<unknown>
}

export function createEdge({ targets, calls, dispatch, logger }: EdgeParts): Edge {
  return {
    async tell(tags, reason) {
      const orders = ordersFor(targets, tags, reason)
      if (orders.length === 0) return
      await calls.add(
        orders.map(order => ({ id: order.purge, payload: order })),
        dueMs,
      )
      for (const order of orders) await dispatch(order)
    },
    async call(order, signal) {
      const { target: id, tags, reason, at, purge } = order
      const target = targets.find(one => one.id === id)
      // it was taken out of the configuration since
      if (target === undefined) return calls.remove(purge)
      // no longer than this, whatever the clock of the process that ordered it says
      const leftMs = Math.min(at * 1000 + settledMs - Date.now(), settledMs)
      if (leftMs > 0) await setTimeout(leftMs, undefined, { signal })
      await post(target, target.request({ tags, reason, at }), signal)
      await calls.remove(purge)
    },
    giveUp({ purge }) {
      calls
        .remove(purge)
        // it will be handed out again, and given up again
        .catch(error => logger.warn({ reason: messageOf(error) }, 'a call to the edge could not be given up'))
    },
    async catchUp(signal) {
      for (const { id, payload } of await calls.claimDue(dueMs)) {
        if (signal.aborted) return
        if (Value.Check(EdgeOrder, payload)) await dispatch(payload)
        else await calls.remove(id)
      }
    },
    tagHeaders: tags => Object.assign({}, ...headersOf(targets).map(headers => headers(tags))),
  }
}

/** A call for each target, or several where it does not take so many tags at once. */
function ordersFor(targets: readonly EdgeTarget[], tags: readonly string[], reason: EdgeReason): EdgeOrder[] {
  const at = Math.floor(Date.now() / 1000)
  const orders: EdgeOrder[] = []
  for (const { id: target, kind } of targets) {
    for (let from = 0; from < tags.length; from += kind.mostTags)
      orders.push({ target, tags: tags.slice(from, from + kind.mostTags), reason, at, purge: randomUUID() })
  }
  return orders
}

/** The contract's header, then those of the targets: they may write it in their own way. */
function headersOf(targets: readonly EdgeTarget[]): TagHeaders[] {
  return [plainTagHeaders, ...targets.flatMap(({ kind }) => kind.tagHeaders ?? [])]
}

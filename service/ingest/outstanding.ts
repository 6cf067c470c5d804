import type { Edge } from '../edge/edge.ts'
import type { Images } from '../metadata/images.ts'
import type { Courier } from '../webhooks/courier.ts'
import type { Eager } from './eager.ts'
import type { IngestOrder } from './ingest.ts'

/** For how long a job counts as under way before its image is looked at, in milliseconds. */
const underWayMs = 30_000

export interface OutstandingParts {
  readonly images: Pick<Images, 'notIngested'>
  readonly eager: Pick<Eager, 'catchUp'>
  readonly courier: Pick<Courier, 'catchUp'>
  readonly edge: Pick<Edge, 'catchUp'>
  readonly publish: (order: IngestOrder) => Promise<unknown>
}

/**
 * Hands out again what ought to be done by now: a job may be lost with its process, or with a queue that did not answer. One
 * that is still under way stays the only one.
 * @throws DarkroomError `unavailable` or `overloaded`; then the rest waits for the next time
 */
export type CatchUp = (signal: AbortSignal) => Promise<void>

export function createCatchUp({ images, eager, courier, edge, publish }: OutstandingParts): CatchUp {
  return async signal => {
    for (const order of await images.notIngested(new Date(Date.now() - underWayMs))) {
      if (signal.aborted) return
      await publish(order)
    }
    await eager.catchUp(signal)
    await courier.catchUp(signal)
    await edge.catchUp(signal)
  }
}

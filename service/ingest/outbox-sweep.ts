import type { EdgePurger } from '../edge/edge-purger.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { WebhookSender } from '../webhooks/webhook-sender.ts'
import type { EagerDerivatives } from './eager-derivatives.ts'
import type { IngestJob } from './ingestion.ts'

/** For how long a job counts as under way before its image is looked at, in milliseconds. */
const underWayMs = 30_000

export interface OutboxSweepParts {
  readonly images: Pick<ImageRepository, 'listNotIngested'>
  readonly eager: Pick<EagerDerivatives, 'enqueueDue'>
  readonly courier: Pick<WebhookSender, 'enqueueDue'>
  readonly edge: Pick<EdgePurger, 'enqueueDue'>
  readonly publish: (order: IngestJob) => Promise<unknown>
}

/**
 * Hands out again what ought to be done by now: a job may be lost with its process, or with a queue that did not answer. One
 * that is still under way stays the only one.
 * @throws DarkroomError `unavailable` or `overloaded`; then the rest waits for the next time
 */
export type SweepOutbox = (signal: AbortSignal) => Promise<void>

export function createOutboxSweep({ images, eager, courier, edge, publish }: OutboxSweepParts): SweepOutbox {
  return async signal => {
    for (const order of await images.listNotIngested(new Date(Date.now() - underWayMs))) {
      if (signal.aborted) return
      await publish(order)
    }
    await eager.enqueueDue(signal)
    await courier.enqueueDue(signal)
    await edge.enqueueDue(signal)
  }
}

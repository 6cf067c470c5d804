import { randomUUID } from 'node:crypto'
import Type from 'typebox'
import { messageOf } from '../errors/catalogue.ts'
import type { WebhookDeliveryRepository, WebhookNotification } from '../metadata/webhook-deliveries.ts'
import type { Logger } from '../telemetry/logger.ts'

/** The name of the job that sends a delivery to a webhook. */
export const webhookJobName = 'webhook'

/** The payload of that job. */
export const WebhookJob = Type.Object({ userId: Type.String(), deliveryId: Type.String() })
export type WebhookJob = Type.Static<typeof WebhookJob>

/** How long after a delivery was recorded it is enqueued again, because its job may be lost, in milliseconds. */
export const lostAfterMs = 60_000

/** An event. Without a `dedupeKey` it is never a duplicate. */
export type WebhookEventInput = Omit<WebhookNotification, 'dedupeKey'> & { readonly dedupeKey?: string }

/** Publishes events to the webhooks of users. */
export interface WebhookEvents {
  /**
   * Records a delivery for each webhook that subscribes to the event, and enqueues them.
   * @throws DarkroomError `unavailable`
   */
  publish(userId: string, event: WebhookEventInput): Promise<void>
  /** Publishes an event, and drops it when it cannot be recorded. Never throws. */
  tryPublish(userId: string, event: WebhookEventInput): Promise<void>
  /** Waits for the calls of `tryPublish` in progress. */
  close(): Promise<void>
}

export interface WebhookEventsParts {
  readonly deliveries: Pick<WebhookDeliveryRepository, 'enqueue'>
  /** Enqueues the job of a delivery. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly enqueue: (job: WebhookJob) => Promise<unknown>
  readonly logger: Logger
}

export function createWebhookEvents({ deliveries, enqueue, logger }: WebhookEventsParts): WebhookEvents {
  const inProgress = new Set<Promise<void>>()
  const publish = async (userId: string, { dedupeKey = randomUUID(), ...event }: WebhookEventInput) => {
    const ids = await deliveries.enqueue(userId, { ...event, dedupeKey }, lostAfterMs)
    try {
      for (const deliveryId of ids) await enqueue({ userId, deliveryId })
    } catch (error) {
      // it is enqueued again when it is overdue
      logger.warn({ reason: messageOf(error) }, 'failed to enqueue webhook deliveries')
    }
  }
  return {
    publish,
    tryPublish(userId, event) {
      const published = publish(userId, event)
        .catch(error =>
          logger.error({ err: error, event: event.event }, 'failed to record webhook deliveries'),
        )
        .finally(() => inProgress.delete(published))
      inProgress.add(published)
      return published
    },
    async close() {
      await Promise.all(inProgress)
    },
  }
}

import { randomUUID } from 'node:crypto'
import Type from 'typebox'
import { messageOf } from '../errors/catalogue.ts'
import type { WebhookDeliveryRepository, WebhookNotification } from '../metadata/webhook-deliveries.ts'
import type { Logger } from '../telemetry/logger.ts'

/** The name of the job that tells a webhook something. */
export const webhookJobName = 'webhook'

/** Something that somebody shall tell a webhook. */
export const WebhookJob = Type.Object({ userId: Type.String(), deliveryId: Type.String() })
export type WebhookJob = Type.Static<typeof WebhookJob>

/** When a job is first looked after that may be lost, in milliseconds. */
export const lostAfterMs = 60_000

/** What happened; without a `dedupeKey` it is something that happens only once. */
export type WebhookEventInput = Omit<WebhookNotification, 'dedupeKey'> & { readonly dedupeKey?: string }

/** Has users told of what happens to what they have. */
export interface WebhookEvents {
  /** Puts it on record for those webhooks that want to know, and hands it out. @throws DarkroomError `unavailable` */
  publish(userId: string, happened: WebhookEventInput): Promise<void>
  /** The same where nothing may fail by it: what cannot be put on record is told to nobody. Never throws. */
  tryPublish(userId: string, happened: WebhookEventInput): Promise<void>
  /** Resolves when nothing of it is under way any more. */
  close(): Promise<void>
}

export interface WebhookEventsParts {
  readonly deliveries: Pick<WebhookDeliveryRepository, 'enqueue'>
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly enqueue: (order: WebhookJob) => Promise<unknown>
  readonly logger: Logger
}

export function createWebhookEvents({ deliveries, enqueue, logger }: WebhookEventsParts): WebhookEvents {
  const underWay = new Set<Promise<void>>()
  const publish = async (userId: string, { dedupeKey = randomUUID(), ...happened }: WebhookEventInput) => {
    const ids = await deliveries.enqueue(userId, { ...happened, dedupeKey }, lostAfterMs)
    try {
      for (const deliveryId of ids) await enqueue({ userId, deliveryId })
    } catch (error) {
      // it is found again when it is due
      logger.warn({ reason: messageOf(error) }, 'webhooks could not be handed out')
    }
  }
  return {
    publish,
    tryPublish(userId, happened) {
      const told = publish(userId, happened)
        .catch(error => logger.error({ err: error, event: happened.event }, 'webhooks miss an event'))
        .finally(() => underWay.delete(told))
      underWay.add(told)
      return told
    },
    async close() {
      await Promise.all(underWay)
    },
  }
}

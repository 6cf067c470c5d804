import { KeyedCounter } from '../concurrency/keyed-counter.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { WebhookDeliveryRepository } from '../metadata/webhook-deliveries.ts'
import type { WebhookRepository } from '../metadata/webhooks.ts'
import type { NetworkPolicy } from '../net/network-policy.ts'
import { postWebhook, type WebhookResponse } from './post-webhook.ts'
import type { WebhookJob } from './webhook-events.ts'

/** The delays after failed attempts, in seconds. All attempts together take about nine hours. */
const retryDelays = [1, 5, 30, 120, 600, 1_800, 3_600, 7_200, 18_000]
/** The most concurrent requests for one user, so that slow webhooks of one user do not delay those of others. */
const maxPerUser = 4
/** The delay after which a job that exceeded this limit is retried, in milliseconds. */
const busyMs = 10_000
/** A delivery whose job is overdue by so many milliseconds is enqueued again, because the job may be lost. */
const lostJobMs = 300_000
/**
 * The 4xx statuses after which another attempt may succeed: locks, limits, and those of a receiver that is being
 * deployed or whose secret is being changed. All others are permanent.
 */
const temporaryStatuses = [401, 403, 404, 408, 409, 421, 423, 424, 425, 429]

export interface WebhookSenderParts {
  readonly rows: Pick<WebhookRepository, 'findSecret'>
  readonly deliveries: Pick<WebhookDeliveryRepository, 'findPending' | 'recordAttempt' | 'claimDue'>
  readonly networkPolicy: NetworkPolicy
  /** Enqueues the job of a delivery. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly enqueue: (job: WebhookJob) => Promise<unknown>
  readonly logger: { warn(facts: object, message: string): void }
}

/** Sends recorded deliveries to their webhooks. */
export interface WebhookSender {
  /**
   * Makes one attempt at a delivery. Ignores a delivery that has ended, or whose webhook was deleted.
   * @throws DarkroomError `unavailable` with the time of the next attempt
   */
  send(job: WebhookJob, signal: AbortSignal): Promise<void>
  /**
   * Enqueues deliveries that are overdue, because their jobs were lost.
   * @throws DarkroomError `unavailable` or `overloaded`
   */
  enqueueDue(signal: AbortSignal): Promise<void>
}

export function createWebhookSender(parts: WebhookSenderParts): WebhookSender {
  const { deliveries, enqueue } = parts
  const inProgress = new KeyedCounter()
  return {
    async send({ userId, deliveryId }, signal) {
      if (inProgress.count(userId) >= maxPerUser)
        throw new DarkroomError('unavailable', `the user has ${maxPerUser} webhook requests in progress`, {
          retryAfterMs: busyMs,
          isOutage: false,
        })
      await inProgress.track(userId, () => attempt(parts, deliveryId, signal))
    },
    async enqueueDue(signal) {
      for (const { id: deliveryId, userId } of await deliveries.claimDue(lostJobMs)) {
        if (signal.aborted) return
        await enqueue({ userId, deliveryId })
      }
    },
  }
}

async function attempt(
  { rows, deliveries, networkPolicy, logger }: WebhookSenderParts,
  deliveryId: string,
  signal: AbortSignal,
): Promise<void> {
  const delivery = await deliveries.findPending(deliveryId)
  const secret = delivery && (await rows.findSecret(delivery.userId, delivery.webhookId))
  if (delivery === undefined || secret === undefined) return
  const response = await postWebhook({ ...delivery, secret }, networkPolicy, signal)
  const responseCode = 'status' in response ? response.status : null
  const { detail, isPermanent } = problemOf(response)
  if (detail === null)
    return deliveries.recordAttempt(deliveryId, { status: 'delivered', responseCode, detail, dueMs: null })
  const delay = isPermanent ? undefined : retryDelays[delivery.attempts]
  if (delay === undefined) {
    await deliveries.recordAttempt(deliveryId, { status: 'failed', responseCode, detail, dueMs: null })
    const { userId, webhookId, attempts } = delivery
    const facts = { deliveryId, webhookId, userId, attempts: attempts + 1, reason: detail }
    logger.warn(facts, 'webhook delivery failed')
    return
  }
  const delayMs = delay * 1_000
  const retry = { status: 'pending', responseCode, detail, dueMs: delayMs + lostJobMs } as const
  await deliveries.recordAttempt(deliveryId, retry)
  throw new DarkroomError('unavailable', `webhook delivery failed: ${detail}`, {
    retryAfterMs: delayMs,
    isOutage: false,
  })
}

/** Why a response is a failure; null for a success. */
function problemOf(response: WebhookResponse): {
  readonly detail: string | null
  readonly isPermanent: boolean
} {
  if ('failure' in response) return { detail: response.failure, isPermanent: response.isPermanent }
  const { status } = response
  if (status >= 200 && status < 300) return { detail: null, isPermanent: false }
  const isPermanent = status >= 400 && status < 500 && !temporaryStatuses.includes(status)
  return { detail: `responded with status ${status}`, isPermanent }
}

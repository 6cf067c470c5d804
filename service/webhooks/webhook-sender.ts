import { KeyedCounter } from '../concurrency/keyed-counter.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { WebhookDeliveryRepository } from '../metadata/webhook-deliveries.ts'
import type { WebhookRepository } from '../metadata/webhooks.ts'
import type { AddressFilter } from '../net/network-policy.ts'
import { postWebhook, type WebhookResponse } from './post-webhook.ts'
import type { WebhookJob } from './webhook-events.ts'

/** Pauses after attempts in vain, in seconds: with the last of them, some nine hours are over. */
const pauses = [1, 5, 30, 120, 600, 1_800, 3_600, 7_200, 18_000]
/** Calls for one user at once: whoever does not answer holds up nobody else. */
const maxPerUser = 4
/** When to come back after too many, in milliseconds. */
const busyMs = 10_000
/** How much later than its job a delivery is looked after, in milliseconds. */
const dueLaterMs = 300_000

export interface WebhookSenderParts {
  readonly rows: Pick<WebhookRepository, 'findSecret'>
  readonly deliveries: Pick<WebhookDeliveryRepository, 'findPending' | 'recordAttempt' | 'claimDue'>
  readonly isAllowedAddress: AddressFilter
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly enqueue: (order: WebhookJob) => Promise<unknown>
}

/** Tells webhooks what is on record for them. */
export interface WebhookSender {
  /**
   * One attempt at a delivery; one that was made, or whose webhook is gone, is done.
   * @throws DarkroomError `unavailable` with the time of the next attempt
   */
  send(order: WebhookJob, signal: AbortSignal): Promise<void>
  /** Hands out again what ought to have been told by now. @throws DarkroomError `unavailable` or `overloaded` */
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
        })
      await inProgress.track(userId, () => attempt(parts, deliveryId, signal))
    },
    async enqueueDue(signal) {
      for (const { id: deliveryId, userId } of await deliveries.claimDue(dueLaterMs)) {
        if (signal.aborted) return
        await enqueue({ userId, deliveryId })
      }
    },
  }
}

async function attempt(
  { rows, deliveries, isAllowedAddress }: WebhookSenderParts,
  deliveryId: string,
  signal: AbortSignal,
): Promise<void> {
  const delivery = await deliveries.findPending(deliveryId)
  const secret = delivery && (await rows.findSecret(delivery.userId, delivery.webhookId))
  if (delivery === undefined || secret === undefined) return
  const answer = await postWebhook({ ...delivery, secret }, isAllowedAddress, signal)
  const responseCode = 'status' in answer ? answer.status : null
  const detail = whatIsWrong(answer)
  const pause = detail === null ? undefined : pauses[delivery.attempts]
  if (detail === null || pause === undefined) {
    const status = detail === null ? 'delivered' : 'failed'
    return deliveries.recordAttempt(deliveryId, { status, responseCode, detail, dueMs: null })
  }
  const pauseMs = pause * 1_000
  await deliveries.recordAttempt(deliveryId, {
    status: 'pending',
    responseCode,
    detail,
    dueMs: pauseMs + dueLaterMs,
  })
  throw new DarkroomError('unavailable', `the webhook was not told: ${detail}`, { retryAfterMs: pauseMs })
}

function whatIsWrong(answer: WebhookResponse): string | null {
  if ('failure' in answer) return answer.failure
  return answer.status >= 200 && answer.status < 300 ? null : `it answered ${answer.status}`
}

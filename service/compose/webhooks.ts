import { createWebhookEvents, type WebhookJob, webhookJobName } from '../webhooks/webhook-events.ts'
import { createWebhookSender } from '../webhooks/webhook-sender.ts'
import { createWebhooks } from '../webhooks/webhooks.ts'
import type { Foundation } from './foundation.ts'
import type { Infrastructure } from './infrastructure.ts'

export type WebhookParts = ReturnType<typeof composeWebhooks>

/** The users' webhooks, the events published to them, and their delivery. */
export function composeWebhooks(
  { networkPolicy, logger, closers }: Infrastructure,
  { metadata, enqueueJob }: Pick<Foundation, 'metadata' | 'enqueueJob'>,
) {
  const deliveries = metadata.webhookDeliveries
  const rows = metadata.webhooks
  const isAllowedAddress = networkPolicy.allows
  const enqueue = (job: WebhookJob) => enqueueJob(webhookJobName, job)
  const events = createWebhookEvents({ deliveries, enqueue, logger })
  closers.push(() => events.close())
  return {
    events,
    sender: createWebhookSender({ rows, deliveries, networkPolicy, enqueue, logger }),
    webhooks: createWebhooks({ rows, deliveries, isAllowedAddress, enqueue }),
  }
}

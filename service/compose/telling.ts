import type { EnqueueJob } from '../jobs/registry.ts'
import { createWebhookDeliveryRepository } from '../metadata/webhook-deliveries.ts'
import { createWebhookRepository } from '../metadata/webhooks.ts'
import { createWebhookEvents, type WebhookJob, webhookJobName } from '../webhooks/webhook-events.ts'
import { createWebhookSender } from '../webhooks/webhook-sender.ts'
import { createWebhooks } from '../webhooks/webhooks.ts'
import type { Base } from './base.ts'

/** How users are told of what happens to what they have. */
export function tellingOf({ database, secrets, reach, logger, closers }: Base, publish: EnqueueJob) {
  const deliveries = createWebhookDeliveryRepository(database)
  const rows = createWebhookRepository(database, secrets.masterKey, secrets.newMasterKey)
  const enqueue = (order: WebhookJob) => publish(webhookJobName, order)
  const events = createWebhookEvents({ deliveries, enqueue, logger })
  closers.push(() => events.close())
  return {
    events,
    courier: createWebhookSender({ rows, deliveries, isAllowedAddress: reach.allows, enqueue }),
    webhooks: createWebhooks({ rows, deliveries, isAllowedAddress: reach.allows, enqueue }),
    webhookDeliveries: deliveries,
  }
}

import type { EnqueueJob } from '../jobs/registry.ts'
import { WebhookDeliveryRepository } from '../metadata/webhook-deliveries.ts'
import { WebhookRepository } from '../metadata/webhooks.ts'
import { createWebhookEvents, type WebhookJob, webhookJobName } from '../webhooks/webhook-events.ts'
import { createWebhookSender } from '../webhooks/webhook-sender.ts'
import { createWebhooks } from '../webhooks/webhooks.ts'
import type { Base } from './base.ts'

/** How users are told of what happens to what they have. */
export function tellingOf({ database, secrets, reach, logger, closers }: Base, publish: EnqueueJob) {
  const deliveries = new WebhookDeliveryRepository(database)
  const rows = new WebhookRepository(database, secrets.masterKey, secrets.newMasterKey)
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

import type { Publish } from '../jobs/registry.ts'
import { createWebhookDeliveryRepository } from '../metadata/webhook-deliveries.ts'
import { createWebhookRepository } from '../metadata/webhooks.ts'
import { createCourier } from '../webhooks/courier.ts'
import { createEvents, type WebhookOrder, webhookName } from '../webhooks/events.ts'
import { createWebhooks } from '../webhooks/webhooks.ts'
import type { Base } from './base.ts'

/** How users are told of what happens to what they have. */
export function tellingOf({ database, secrets, reach, logger, closers }: Base, publish: Publish) {
  const deliveries = createWebhookDeliveryRepository(database)
  const rows = createWebhookRepository(database, secrets.masterKey, secrets.newMasterKey)
  const dispatch = (order: WebhookOrder) => publish(webhookName, order)
  const events = createEvents({ deliveries, dispatch, logger })
  closers.push(() => events.close())
  return {
    events,
    courier: createCourier({ rows, deliveries, mayReach: reach.allows, dispatch }),
    webhooks: createWebhooks({ rows, deliveries, mayReach: reach.allows, dispatch }),
    webhookDeliveries: deliveries,
  }
}

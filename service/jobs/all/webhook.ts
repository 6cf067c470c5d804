import { WebhookOrder, webhookName } from '../../webhooks/events.ts'
import { job } from '../job.ts'

/** Tells a webhook something. */
export default job({
  name: webhookName,
  version: 1,
  payload: WebhookOrder,
  key: ({ deliveryId }) => deliveryId,
  subject: ({ userId }) => ({ userId }),
  // how often it is told, its record counts: here count turns that others of the user had, too
  attempts: 1_000,
  limitMs: 30_000,
  // they wait for others more than they work
  atOnce: 32,
  handle: (order, { courier }, signal) => courier.deliver(order, signal),
})

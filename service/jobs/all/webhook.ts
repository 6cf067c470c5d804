import { WebhookJob, webhookJobName } from '../../webhooks/webhook-events.ts'
import { defineJob } from '../job.ts'

/** Tells a webhook something. */
export default defineJob({
  name: webhookJobName,
  version: 1,
  payload: WebhookJob,
  key: ({ deliveryId }) => deliveryId,
  subject: ({ userId }) => ({ userId }),
  // how often it is told, its record counts: here count turns that others of the user had, too
  maxAttempts: 1_000,
  timeoutMs: 30_000,
  // they wait for others more than they work
  concurrency: 32,
  handle: (order, { webhookSender }, signal) => webhookSender.send(order, signal),
})

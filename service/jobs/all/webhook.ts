import { WebhookJob, webhookJobName } from '../../webhooks/webhook-events.ts'
import { defineJob } from '../job.ts'

/** Sends an event to a webhook. */
export default defineJob({
  name: webhookJobName,
  version: 1,
  payload: WebhookJob,
  key: ({ deliveryId }) => deliveryId,
  subject: ({ userId }) => ({ userId }),
  // the delivery's row counts its attempts; here, waiting for the user's other deliveries counts as well
  maxAttempts: 1_000,
  timeoutMs: 30_000,
  // deliveries mostly wait for the network
  concurrency: 32,
  handle: (payload, { webhookSender }, signal) => webhookSender.send(payload, signal),
})

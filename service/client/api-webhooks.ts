import type { WithSecret } from './api-account-types.ts'
import type { Call, CallOptions } from './api-call.ts'
import type { NewWebhook, Webhook, WebhookDelivery } from './api-report-types.ts'
import type { Page } from './api-types.ts'

/** The routes below `/api/v1/webhooks`. */
export interface WebhooksApi {
  list(options?: CallOptions): Promise<Page<Webhook>>
  /**
   * Only this call returns the secret. Use the string itself, not decoded, as the HMAC key to verify the header
   * `Darkroom-Signature`.
   */
  create(webhook: NewWebhook, options?: CallOptions): Promise<Webhook & WithSecret>
  get(id: string, options?: CallOptions): Promise<Webhook>
  /** Properties that are absent are left unchanged. */
  update(id: string, changes: Partial<NewWebhook>, options?: CallOptions): Promise<Webhook>
  delete(id: string, options?: CallOptions): Promise<void>
  /** The latest deliveries. */
  deliveries(id: string, options?: CallOptions): Promise<Page<WebhookDelivery>>
  /** Sends a delivery again, byte for byte. */
  redeliver(id: string, deliveryId: string, options?: CallOptions): Promise<WebhookDelivery>
  /** Sends a test event to this webhook only. `deliveries` shows its outcome. */
  sendTest(id: string, options?: CallOptions): Promise<WebhookDelivery>
}

export function webhooksApi(call: Call): WebhooksApi {
  return {
    list: options => call('GET', ['webhooks'], options),
    create: (webhook, options) => call('POST', ['webhooks'], { ...options, body: webhook }),
    get: (id, options) => call('GET', ['webhooks', id], options),
    update: (id, changes, options) => call('PATCH', ['webhooks', id], { ...options, body: changes }),
    delete: (id, options) => call('DELETE', ['webhooks', id], options),
    deliveries: (id, options) => call('GET', ['webhooks', id, 'deliveries'], options),
    redeliver: (id, deliveryId, options) =>
      call('POST', ['webhooks', id, 'deliveries', deliveryId, 'redeliver'], options),
    sendTest: (id, options) => call('POST', ['webhooks', id, 'test'], options),
  }
}

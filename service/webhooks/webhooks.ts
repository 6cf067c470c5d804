import { isIP } from 'node:net'
import { RateLimit } from '../access/rate-limit.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { WebhookDelivery, WebhookDeliveryRepository } from '../metadata/webhook-deliveries.ts'
import type { Webhook, WebhookContent, WebhookRepository } from '../metadata/webhooks.ts'
import type { AddressFilter } from '../net/network-policy.ts'
import { withoutBrackets } from './post-webhook.ts'
import { lostAfterMs, type WebhookJob } from './webhook-events.ts'

export interface WebhooksParts {
  readonly rows: WebhookRepository
  readonly deliveries: Pick<WebhookDeliveryRepository, 'list' | 'find' | 'retry'>
  readonly isAllowedAddress: AddressFilter
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly enqueue: (order: WebhookJob) => Promise<unknown>
}

/** Webhooks as their users see them. */
export interface Webhooks {
  /** @throws DarkroomError `bad-request` for a URL that is not called, `conflict` or `unavailable` */
  create(userId: string, content: WebhookContent): Promise<Webhook & { secret: string }>
  /** The newest first. */
  list(userId: string): Promise<Webhook[]>
  /** @throws DarkroomError `not-found` */
  find(userId: string, id: string): Promise<Webhook>
  /** @throws DarkroomError `not-found` or `bad-request` */
  update(userId: string, id: string, changes: Partial<WebhookContent>): Promise<Webhook>
  /** @throws DarkroomError `not-found` */
  remove(userId: string, id: string): Promise<void>
  /** The latest. @throws DarkroomError `not-found` */
  listDeliveries(userId: string, id: string): Promise<WebhookDelivery[]>
  /**
   * Has something told once more, byte for byte.
   * @throws DarkroomError `not-found`, `conflict` while it is still being told, `too-many-requests` or `unavailable`
   */
  redeliver(userId: string, id: string, deliveryId: string): Promise<WebhookDelivery>
}

export function createWebhooks({ rows, deliveries, isAllowedAddress, enqueue }: WebhooksParts): Webhooks {
  const redeliveries = new RateLimit({ max: 60, windowMs: 60_000 })
  const find = async (userId: string, id: string) => (await rows.find(userId, id)) ?? unknown('webhook')
  return {
    find,
    list: userId => rows.list(userId),
    create: async (userId, { url, events }) =>
      rows.create(userId, { url: readUrl(url, isAllowedAddress), events }),
    async update(userId, id, { url, events }) {
      const changes = {
        ...(url === undefined ? {} : { url: readUrl(url, isAllowedAddress) }),
        ...(events && { events }),
      }
      return (await rows.update(userId, id, changes)) ?? unknown('webhook')
    },
    async remove(userId, id) {
      if (!(await rows.remove(userId, id))) unknown('webhook')
    },
    async listDeliveries(userId, id) {
      await find(userId, id)
      return deliveries.list(userId, id)
    },
    async redeliver(userId, id, deliveryId) {
      if (!(await deliveries.find(userId, id, deliveryId))) unknown('delivery')
      redeliveries.take(userId, 'redeliveries')
      const delivery = await deliveries.retry(userId, id, deliveryId, lostAfterMs)
      if (delivery === undefined) throw new DarkroomError('conflict', 'the delivery is still under way')
      await enqueue({ userId, deliveryId })
      return delivery
    },
  }
}

function unknown(what: string): never {
  throw new DarkroomError('not-found', `there is no such ${what}`)
}

/** What a name leads to is looked at when it is called; an address can be refused now. @throws DarkroomError `bad-request` */
function readUrl(text: string, isAllowedAddress: AddressFilter): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw badUrl('expected http:// or https://')
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    throw badUrl('must hold neither a user nor a fragment')
  const host = withoutBrackets(url.hostname)
  if (isIP(host) > 0 && !isAllowedAddress(host)) throw badUrl('must lead to a public address')
  return url.href
}

const badUrl = (what: string) => new DarkroomError('bad-request', `url: ${what}`)

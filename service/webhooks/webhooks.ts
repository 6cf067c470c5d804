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
  readonly deliveries: Pick<WebhookDeliveryRepository, 'list' | 'find' | 'retry' | 'enqueueTest'>
  readonly isAllowedAddress: AddressFilter
  /** Enqueues the job of a delivery. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly enqueue: (job: WebhookJob) => Promise<unknown>
}

/** The webhooks of users, for the API. */
export interface Webhooks {
  /** @throws DarkroomError `bad-request` for an invalid URL, `conflict` when there are too many, or `unavailable` */
  create(userId: string, content: WebhookContent): Promise<Webhook & { secret: string }>
  /** Newest first. */
  list(userId: string): Promise<Webhook[]>
  /** @throws DarkroomError `not-found` */
  find(userId: string, id: string): Promise<Webhook>
  /** @throws DarkroomError `not-found` or `bad-request` */
  update(userId: string, id: string, changes: Partial<WebhookContent>): Promise<Webhook>
  /** @throws DarkroomError `not-found` */
  remove(userId: string, id: string): Promise<void>
  /** The latest deliveries, newest first. @throws DarkroomError `not-found` */
  listDeliveries(userId: string, id: string): Promise<WebhookDelivery[]>
  /**
   * Sends a delivery again, byte for byte.
   * @throws DarkroomError `not-found`, `conflict` while it is still pending, `too-many-requests` or `unavailable`
   */
  redeliver(userId: string, id: string, deliveryId: string): Promise<WebhookDelivery>
  /**
   * Sends a test event to this webhook only.
   * @throws DarkroomError `not-found`, `too-many-requests` or `unavailable`
   */
  sendTest(userId: string, id: string): Promise<WebhookDelivery>
}

export function createWebhooks({ rows, deliveries, isAllowedAddress, enqueue }: WebhooksParts): Webhooks {
  const redeliveries = new RateLimit({ max: 60, windowMs: 60_000 })
  const tests = new RateLimit({ max: 10, windowMs: 60_000 })
  const find = async (userId: string, id: string) => (await rows.find(userId, id)) ?? unknown('webhook')
  return {
    find,
    list: userId => rows.list(userId),
    create: async (userId, { url, events }) =>
      rows.create(userId, { url: parseUrl(url, isAllowedAddress), events }),
    async update(userId, id, { url, events }) {
      const changes = {
        ...(url === undefined ? {} : { url: parseUrl(url, isAllowedAddress) }),
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
      if (delivery === undefined) throw new DarkroomError('conflict', 'the delivery is still pending')
      await enqueue({ userId, deliveryId })
      return delivery
    },
    async sendTest(userId, id) {
      await find(userId, id)
      tests.take(userId, 'test events')
      const delivery = (await deliveries.enqueueTest(userId, id, lostAfterMs)) ?? unknown('webhook')
      await enqueue({ userId, deliveryId: delivery.id })
      return delivery
    },
  }
}

function unknown(what: string): never {
  throw new DarkroomError('not-found', `${what} not found`)
}

/** Validates a URL. The address of a host name other than localhost is checked when it is called. @throws DarkroomError `bad-request` */
function parseUrl(text: string, isAllowedAddress: AddressFilter): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw badUrl('must begin with http:// or https://')
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    throw badUrl('must not contain a user, password or fragment')
  const host = withoutBrackets(url.hostname)
  // resolvers answer every name below localhost with this address (RFC 6761)
  const address = /(^|\.)localhost\.?$/.test(host) ? '127.0.0.1' : host
  if (isIP(address) > 0 && !isAllowedAddress(address)) throw badUrl('must have a public address')
  return url.href
}

const badUrl = (problem: string) => new DarkroomError('bad-request', `url: ${problem}`)

import type { Queryable } from './database.ts'
import { deleteBatch } from './delete-batch.ts'
import { randomId } from './ids.ts'
import { type DeliveredEvent, testEvent, type WebhookEvent } from './webhooks.ts'

/** An event to send to a webhook, and its state. */
export interface WebhookDelivery {
  id: string
  event: DeliveredEvent
  status: 'pending' | 'delivered' | 'failed'
  /** Attempts since the delivery was created, or since its redelivery was last requested. */
  attempts: number
  /** The status code of the last response; null when there was none. */
  responseCode: number | null
  /** Why the last attempt failed. */
  detail: string | null
  createdAt: Date
  /** When the last attempt was made. */
  at: Date | null
}

/** An event that occurred. */
export interface WebhookNotification {
  event: WebhookEvent
  data: unknown
  /** Identifies the occurrence, at most 1,000 characters. Of two with the same key only the first is sent. */
  dedupeKey: string
}

/** A delivery with all that is needed to send it. */
export interface PendingDelivery extends Pick<WebhookDelivery, 'id' | 'attempts'> {
  userId: string
  webhookId: string
  url: string
  body: string
}

/** The result of an attempt. */
export interface DeliveryOutcome extends Pick<WebhookDelivery, 'status' | 'responseCode' | 'detail'> {
  /** When the delivery is due again, in milliseconds from now; null for never. */
  dueMs: number | null
}

/** The number of deliveries that are kept of each user, and for how long. */
const maxPerUser = 1_000
const keptDays = 30
/** The number of deliveries that `list` returns, and that `claimDue` returns at most. */
const maxListed = 100
const maxDue = 500

const columns = `id, event, status, attempts, response_code as "responseCode", detail, created_at as "createdAt", at`

/** The outbox and the history of webhook deliveries. */
export class WebhookDeliveryRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Records a delivery for each of the user's webhooks that subscribe to the event.
   * @returns the ids of the deliveries
   */
  async enqueue(userId: string, notification: WebhookNotification, dueMs: number): Promise<string[]> {
    const webhooks = await this.#db.query<{ id: string }>(
      'select id from webhooks where user_id = $1 and $2 = any(events)',
      [userId, notification.event],
    )
    return this.#add({ userId, webhookIds: webhooks.map(({ id }) => id), dueMs }, notification)
  }

  /** Records a delivery of the test event for one webhook, whatever it subscribes to; undefined when it does not exist. */
  async enqueueTest(userId: string, webhookId: string, dueMs: number): Promise<WebhookDelivery | undefined> {
    const test = { event: testEvent, data: { webhookId }, dedupeKey: `${testEvent}/${randomId(16)}` } as const
    const [id] = await this.#add({ userId, webhookIds: [webhookId], dueMs }, test)
    return id === undefined ? undefined : this.find(userId, webhookId, id)
  }

  async #add(
    { userId, webhookIds, dueMs }: { userId: string; webhookIds: readonly string[]; dueMs: number },
    { event, data, dedupeKey }: Omit<WebhookNotification, 'event'> & { event: DeliveredEvent },
  ): Promise<string[]> {
    if (webhookIds.length === 0) return []
    const createdAt = new Date()
    const bodies = webhookIds.map(() => ({ id: randomId(16), event, createdAt, data }))
    const added = await this.#db.query<{ id: string }>(
      `insert into webhook_deliveries (id, webhook_id, user_id, occasion, event, body, created_at, due_at)
       select n.id, webhooks.id, $4, $5, $6, n.body, $7, now() + $8 * interval '1 millisecond'
       from unnest($1::text[], $2::text[], $3::text[]) as n (id, webhook_id, body)
       join webhooks on webhooks.id = n.webhook_id and webhooks.user_id = $4
       on conflict (webhook_id, occasion) do nothing returning id`,
      [
        bodies.map(({ id }) => id),
        webhookIds,
        bodies.map(body => JSON.stringify(body)),
        userId,
        dedupeKey,
        event,
        createdAt,
        dueMs,
      ],
    )
    await this.#db.query(
      `delete from webhook_deliveries where user_id = $1 and id in (
         select id from webhook_deliveries where user_id = $1
         order by created_at desc, id desc offset ${maxPerUser})`,
      [userId],
    )
    return added.map(({ id }) => id)
  }

  /** A pending delivery; undefined when it is completed or does not exist any more. */
  async findPending(id: string): Promise<PendingDelivery | undefined> {
    const [row] = await this.#db.query<PendingDelivery>(
      `select d.id, d.attempts, d.user_id as "userId", webhook_id as "webhookId", url, body
       from webhook_deliveries d join webhooks w on w.id = webhook_id where d.id = $1 and status = 'pending'`,
      [id],
    )
    return row
  }

  /** Records an attempt and its result. */
  async recordAttempt(id: string, { status, responseCode, detail, dueMs }: DeliveryOutcome): Promise<void> {
    await this.#db.query(
      `update webhook_deliveries set attempts = attempts + 1, at = now(), status = $2, response_code = $3, detail = $4,
         due_at = now() + $5 * interval '1 millisecond'
       where id = $1 and status = 'pending'`,
      [id, status, responseCode, detail, dueMs],
    )
  }

  /** The latest deliveries of a webhook. */
  list(userId: string, webhookId: string): Promise<WebhookDelivery[]> {
    return this.#db.query<WebhookDelivery>(
      // two conditions on the deliveries would let Postgres expect few of them, and sort all
      `select ${columns} from webhook_deliveries
       where webhook_id = (select id from webhooks where webhooks.user_id = $1 and webhooks.id = $2)
       order by created_at desc, id desc limit ${maxListed}`,
      [userId, webhookId],
    )
  }

  async find(userId: string, webhookId: string, id: string): Promise<WebhookDelivery | undefined> {
    const [row] = await this.#db.query<WebhookDelivery>(
      `select ${columns} from webhook_deliveries where user_id = $1 and webhook_id = $2 and id = $3`,
      [userId, webhookId, id],
    )
    return row
  }

  /** Makes a completed delivery pending again; undefined when there is none. */
  async retry(
    userId: string,
    webhookId: string,
    id: string,
    dueMs: number,
  ): Promise<WebhookDelivery | undefined> {
    const [row] = await this.#db.query<WebhookDelivery>(
      `update webhook_deliveries set status = 'pending', attempts = 0, due_at = now() + $4 * interval '1 millisecond'
       where user_id = $1 and webhook_id = $2 and id = $3 and status <> 'pending' returning ${columns}`,
      [userId, webhookId, id, dueMs],
    )
    return row
  }

  /** At most 500 due deliveries, the longest due first. They become due again in `dueMs` milliseconds. */
  claimDue(dueMs: number): Promise<{ id: string; userId: string }[]> {
    return this.#db.query(
      `update webhook_deliveries set due_at = now() + $1 * interval '1 millisecond' where id in (
         select id from webhook_deliveries where due_at < now() order by due_at limit ${maxDue}
         for update skip locked)
       returning id, user_id as "userId"`,
      [dueMs],
    )
  }

  /** Deletes at most `most` deliveries older than 30 days, and returns their number. */
  sweep(most: number): Promise<number> {
    return deleteBatch(
      this.#db,
      'webhook_deliveries',
      `created_at < now() - interval '${keptDays} days'`,
      most,
    )
  }
}

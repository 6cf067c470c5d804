import type { Queryable } from './database.ts'
import { randomId } from './ids.ts'
import type { WebhookEvent } from './webhooks.ts'

/** Something that a webhook is told, and what became of it. */
export interface WebhookDelivery {
  id: string
  event: WebhookEvent
  status: 'pending' | 'delivered' | 'failed'
  /** Since it was ordered the last time. */
  attempts: number
  /** Of the last answer; null when there was none. */
  responseCode: number | null
  /** Why the last attempt was in vain. */
  detail: string | null
  createdAt: Date
  /** Of the last attempt. */
  at: Date | null
}

/** What has happened. */
export interface WebhookNotification {
  event: WebhookEvent
  data: unknown
  /** Names it, at most 1,000 characters: of what is noticed twice, one is told. */
  dedupeKey: string
}

/** A delivery as whoever makes it needs it. */
export interface PendingDelivery extends Pick<WebhookDelivery, 'id' | 'attempts'> {
  userId: string
  webhookId: string
  url: string
  body: string
}

/** How an attempt went. */
export interface DeliveryOutcome extends Pick<WebhookDelivery, 'status' | 'responseCode' | 'detail'> {
  /** When it is to be looked after, in milliseconds from now; null for never. */
  dueMs: number | null
}

/** How many are kept of each user, and for how long. */
const maxPerUser = 1_000
const keptDays = 30
/** How many are listed, and how many one call of `due` returns at most. */
const shown = 100
const dueAtOnce = 500

const columns = `id, event, status, attempts, response_code as "responseCode", detail, created_at as "createdAt", at`

/** What webhooks were told, and are still to be told. */
export class WebhookDeliveryRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Puts on record what those of a user's webhooks are to be told that want to know. @returns the ids */
  async enqueue(
    userId: string,
    { event, data, dedupeKey }: WebhookNotification,
    dueMs: number,
  ): Promise<string[]> {
    const webhooks = await this.#db.query<{ id: string }>(
      'select id from webhooks where user_id = $1 and $2 = any(events)',
      [userId, event],
    )
    if (webhooks.length === 0) return []
    const createdAt = new Date()
    const bodies = webhooks.map(() => ({ id: randomId(16), event, createdAt, data }))
    const added = await this.#db.query<{ id: string }>(
      `insert into webhook_deliveries (id, webhook_id, user_id, occasion, event, body, created_at, due_at)
       select n.id, webhooks.id, $4, $5, $6, n.body, $7, now() + $8 * interval '1 millisecond'
       from unnest($1::text[], $2::text[], $3::text[]) as n (id, webhook_id, body)
       join webhooks on webhooks.id = n.webhook_id and webhooks.user_id = $4
       on conflict (webhook_id, occasion) do nothing returning id`,
      [
        bodies.map(({ id }) => id),
        webhooks.map(({ id }) => id),
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

  /** A delivery that is still to be made; undefined when it was made, or is not there any more. */
  async findPending(id: string): Promise<PendingDelivery | undefined> {
    const [row] = await this.#db.query<PendingDelivery>(
      `select d.id, d.attempts, d.user_id as "userId", webhook_id as "webhookId", url, body
       from webhook_deliveries d join webhooks w on w.id = webhook_id where d.id = $1 and status = 'pending'`,
      [id],
    )
    return row
  }

  /** Counts an attempt, and says what became of it. */
  async recordAttempt(id: string, { status, responseCode, detail, dueMs }: DeliveryOutcome): Promise<void> {
    await this.#db.query(
      `update webhook_deliveries set attempts = attempts + 1, at = now(), status = $2, response_code = $3, detail = $4,
         due_at = now() + $5 * interval '1 millisecond'
       where id = $1 and status = 'pending'`,
      [id, status, responseCode, detail, dueMs],
    )
  }

  /** The latest of a webhook. */
  list(userId: string, webhookId: string): Promise<WebhookDelivery[]> {
    return this.#db.query<WebhookDelivery>(
      `select ${columns} from webhook_deliveries where user_id = $1 and webhook_id = $2
       order by created_at desc, id desc limit ${shown}`,
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

  /** Has one that is over made once more; undefined when there is none. */
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

  /** Those that ought to be made by now, the longest due first, at most 500; they are due again after `dueMs`. */
  claimDue(dueMs: number): Promise<{ id: string; userId: string }[]> {
    return this.#db.query(
      `update webhook_deliveries set due_at = now() + $1 * interval '1 millisecond' where id in (
         select id from webhook_deliveries where due_at < now() order by due_at limit ${dueAtOnce}
         for update skip locked)
       returning id, user_id as "userId"`,
      [dueMs],
    )
  }

  /** Forgets what is too old to be of use. */
  async sweep(): Promise<void> {
    await this.#db.query(
      `delete from webhook_deliveries where created_at < now() - interval '${keptDays} days'`,
    )
  }
}

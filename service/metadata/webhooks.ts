import { randomBytes } from 'node:crypto'
import { DarkroomError } from '../errors/catalogue.ts'
import { onlyRow, type Queryable } from './database.ts'
import { randomId } from './ids.ts'
import { SecretCipher } from './secret-encryption.ts'
import { withUserLock } from './user-lock.ts'

/** The events that a webhook can subscribe to. */
export const webhookEvents = ['image.ready', 'derivative.failed', 'image.deleted', 'quota.near'] as const
export type WebhookEvent = (typeof webhookEvents)[number]

/** The event that is sent on request. Every webhook can get it, and none subscribes to it. */
export const testEvent = 'webhook.test'
/** The events that a delivery can have. */
export const deliveredEvents = [...webhookEvents, testEvent] as const
export type DeliveredEvent = (typeof deliveredEvents)[number]

/** The endpoint that a user's events are sent to. */
export interface Webhook {
  id: string
  url: string
  events: WebhookEvent[]
  createdAt: Date
}

export type WebhookContent = Pick<Webhook, 'url' | 'events'>

const columns = 'id, url, events, created_at as "createdAt"'
const maxPerUser = 20
const secretBytes = 32

/** The context that the secret is bound to when it is encrypted. */
export function webhookSecretContext(userId: string, id: string): string {
  return `webhook:${userId}/${id}`
}

/** The webhooks of all users, with their secrets encrypted like those of signing keys. */
export class WebhookRepository {
  readonly #db: Queryable
  readonly #cipher: SecretCipher

  constructor(db: Queryable, masterKey: Buffer, newMasterKey?: Buffer) {
    this.#db = db
    this.#cipher = new SecretCipher({ masterKey, newMasterKey, owners: 'webhooks' })
  }

  /**
   * Creates a webhook with a random secret.
   * @throws DarkroomError `conflict` when the user has too many, `unavailable` while the master key is
   * rotated
   */
  async create(userId: string, { url, events }: WebhookContent): Promise<Webhook & { secret: string }> {
    const id = randomId(12)
    const secret = randomBytes(secretBytes).toString('base64url')
    const encrypted = this.#cipher.encrypt(Buffer.from(secret), webhookSecretContext(userId, id))
    const rows = await withUserLock(this.#db, { userId, table: 'webhooks' }, locked =>
      locked.query<Webhook>(
        `insert into webhooks (id, user_id, url, events, sealed_secret) select $1, $2, $3, $4, $5
         where (select count(*) from webhooks where user_id = $2) < ${maxPerUser} returning ${columns}`,
        [id, userId, url, events, encrypted],
      ),
    )
    if (rows.length === 0)
      throw new DarkroomError('conflict', `a user may have at most ${maxPerUser} webhooks`)
    return { ...onlyRow(rows), secret }
  }

  /** The webhooks of a user, newest first. */
  list(userId: string): Promise<Webhook[]> {
    return this.#db.query<Webhook>(
      `select ${columns} from webhooks where user_id = $1 order by created_at desc, id desc`,
      [userId],
    )
  }

  async find(userId: string, id: string): Promise<Webhook | undefined> {
    const [row] = await this.#db.query<Webhook>(
      `select ${columns} from webhooks where user_id = $1 and id = $2`,
      [userId, id],
    )
    return row
  }

  /** Changes the given fields; undefined when the user has no such webhook. */
  async update(
    userId: string,
    id: string,
    { url, events }: Partial<WebhookContent>,
  ): Promise<Webhook | undefined> {
    const [row] = await this.#db.query<Webhook>(
      `update webhooks set url = coalesce($3, url), events = coalesce($4, events)
       where user_id = $1 and id = $2 returning ${columns}`,
      [userId, id, url ?? null, events ?? null],
    )
    return row
  }

  /** Whether the user had such a webhook. Its deliveries are deleted with it. */
  async remove(userId: string, id: string): Promise<boolean> {
    const rows = await this.#db.query('delete from webhooks where user_id = $1 and id = $2 returning id', [
      userId,
      id,
    ])
    return rows.length > 0
  }

  /** The secret of a webhook; undefined when the user has no such webhook. */
  async findSecret(userId: string, id: string): Promise<string | undefined> {
    const [row] = await this.#db.query<{ encrypted: Buffer }>(
      'select sealed_secret as encrypted from webhooks where user_id = $1 and id = $2',
      [userId, id],
    )
    return row && this.#cipher.decrypt(row.encrypted, webhookSecretContext(userId, id)).toString()
  }
}

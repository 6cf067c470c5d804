import { DarkroomError } from '../errors/catalogue.ts'
import type { Page, PageQuery } from './cursor.ts'
import { onlyRow, type Queryable } from './database.ts'
import { deleteBatch } from './delete-batch.ts'
import { listNewestFirst, type PagePosition } from './newest-first.ts'
import { withUserLock } from './user-lock.ts'
import type { Role } from './users.ts'

/** An API key without its secret, as lists show it. */
export interface ApiKey {
  id: string
  name: string
  /** The scopes that were granted. The user's current role decides which of them take effect. */
  scopes: string[]
  /** Null for a key that never expires. */
  expiresAt: Date | null
  createdAt: Date
  /** Accurate to a minute; null before the first use. */
  lastUsedAt: Date | null
}

/** The facts that are needed to authenticate a request by an API key. */
export interface ApiKeyOwner extends Pick<ApiKey, 'scopes' | 'expiresAt'> {
  userId: string
  role: Role
  /** The SHA-256 of the whole key. */
  secretHash: Buffer
}

export interface NewApiKey extends Pick<ApiKey, 'id' | 'name' | 'scopes' | 'expiresAt'> {
  secretHash: Buffer
}

const columns = `id, name, scopes, expires_at as "expiresAt", created_at as "createdAt", last_used_at as "lastUsedAt"`

/** The number of keys that a user may have, expired keys included. */
const maxPerUser = 100
/** How long an expired key stays in the list. */
const listedDays = 30

/** The API keys of all users. Only hashes of the keys are stored. */
export class ApiKeyRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** @throws DarkroomError `conflict` when the user has too many keys */
  async create(userId: string, { id, name, scopes, expiresAt, secretHash }: NewApiKey): Promise<ApiKey> {
    const rows = await withUserLock(this.#db, { userId, table: 'api_keys' }, locked =>
      locked.query<ApiKey>(
        `insert into api_keys (id, user_id, name, secret_hash, scopes, expires_at)
         select $1, $2, $3, $4, $5, $6 where (select count(*) from api_keys where user_id = $2) < ${maxPerUser}
         returning ${columns}`,
        [id, userId, name, secretHash, scopes, expiresAt],
      ),
    )
    if (rows.length === 0)
      throw new DarkroomError('conflict', `a user may have at most ${maxPerUser} API keys`)
    return onlyRow(rows)
  }

  /** One page of a user's keys, newest first. */
  list(userId: string, query: PageQuery): Promise<Page<ApiKey>> {
    const load = ({ at, id, count }: PagePosition) =>
      this.#db.query<ApiKey>(
        `select ${columns} from api_keys
         where user_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3::text))
         order by created_at desc, id desc limit $4`,
        [userId, at, id, count],
      )
    return listNewestFirst(query, load, ({ createdAt }) => createdAt)
  }

  /** Undefined when the key does not exist or its user is disabled. */
  async findOwner(id: string): Promise<ApiKeyOwner | undefined> {
    const [row] = await this.#db.query<ApiKeyOwner>(
      `select user_id as "userId", role, secret_hash as "secretHash", scopes, expires_at as "expiresAt"
       from api_keys k join users u on u.id = user_id where k.id = $1 and not disabled`,
      [id],
    )
    return row
  }

  /** Deletes a key. @returns whether the user had a key with this id */
  async remove(userId: string, id: string): Promise<boolean> {
    const rows = await this.#db.query('delete from api_keys where user_id = $1 and id = $2 returning id', [
      userId,
      id,
    ])
    return rows.length > 0
  }

  /** Sets the last use of a key, at most once a minute across all processes. */
  async recordUse(id: string): Promise<void> {
    await this.#db.query(
      `update api_keys set last_used_at = now()
       where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
      [id],
    )
  }

  /** Deletes at most `most` keys that expired more than 30 days ago, and returns their number. */
  sweep(most: number): Promise<number> {
    return deleteBatch(this.#db, 'api_keys', `expires_at < now() - interval '${listedDays} days'`, most)
  }
}

import type { Queryable } from './database.ts'
import { deleteBatch } from './delete-batch.ts'
import { randomId } from './ids.ts'
import type { Role, User } from './users.ts'

/** The state of a session that a refresh token belongs to. */
export interface SessionState {
  id: string
  userId: string
  tokenHash: Buffer
  /** The hash of the previous token; null before the first rotation. */
  previousHash: Buffer | null
  /** Time since the last rotation, in milliseconds by the database's clock. */
  rotatedMsAgo: number
}

/** The user that a session acts for, with their current role. */
export interface SessionOwner {
  userId: string
  role: Role
}

/** The number of sessions that a user may have. Creating one more ends the one that was unused for longest. */
const maxPerUser = 200
/** How long a session lasts after the last use of its refresh token. */
const lifetimeDays = 30

/** The sessions of all users. Only hashes of refresh tokens are stored. */
export class SessionRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Creates a session and returns its id, which is not secret. Undefined when the user has been disabled or
   * has changed the password since it was checked: such a change ends all existing sessions, and a concurrent
   * login must not escape it.
   */
  async create(
    { id: userId, passwordHash }: Pick<User, 'id' | 'passwordHash'>,
    seriesHash: Buffer,
    tokenHash: Buffer,
  ): Promise<string | undefined> {
    const [row] = await this.#db.query<{ id: string }>(
      `with owner as (select id from users where id = $2 and password_hash = $3 and not disabled for share)
       insert into sessions (id, user_id, series_hash, token_hash, expires_at)
       select $1, id, $4, $5, now() + interval '${lifetimeDays} days' from owner returning id`,
      [randomId(16), userId, passwordHash, seriesHash, tokenHash],
    )
    await this.#db.query(
      `delete from sessions where id in (
         select id from sessions where user_id = $1 order by rotated_at desc, id offset ${maxPerUser})`,
      [userId],
    )
    return row?.id
  }

  /**
   * Replaces the refresh token with the hash `tokenHash` by the one with the hash `nextHash`. Undefined when the first
   * is not the current token of a valid session.
   */
  async rotate(
    seriesHash: Buffer,
    tokenHash: Buffer,
    nextHash: Buffer,
  ): Promise<Pick<SessionState, 'id' | 'userId'> | undefined> {
    const [row] = await this.#db.query<Pick<SessionState, 'id' | 'userId'>>(
      `update sessions set previous_hash = token_hash, token_hash = $3, rotated_at = now(),
         expires_at = now() + interval '${lifetimeDays} days'
       where series_hash = $1 and token_hash = $2 and expires_at > now()
         and exists (select from users where users.id = user_id and not disabled)
       returning id, user_id as "userId"`,
      [seriesHash, tokenHash, nextHash],
    )
    return row
  }

  /** The valid session of a token series, that is, of all refresh tokens that follow from one login. */
  async find(seriesHash: Buffer): Promise<SessionState | undefined> {
    const [row] = await this.#db.query<SessionState>(
      `select s.id, user_id as "userId", token_hash as "tokenHash", previous_hash as "previousHash",
         (extract(epoch from now() - rotated_at) * 1000)::float8 as "rotatedMsAgo"
       from sessions s join users u on u.id = user_id
       where series_hash = $1 and expires_at > now() and not disabled`,
      [seriesHash],
    )
    return row
  }

  /** Undefined when the session has ended, or its user is deleted or disabled. */
  async findOwner(id: string): Promise<SessionOwner | undefined> {
    const [row] = await this.#db.query<SessionOwner>(
      `select user_id as "userId", role from sessions s join users u on u.id = user_id
       where s.id = $1 and expires_at > now() and not disabled`,
      [id],
    )
    return row
  }

  async end(id: string): Promise<void> {
    await this.#db.query('delete from sessions where id = $1', [id])
  }

  /** Ends all sessions of a user, except the one with the id `exceptId` if given. */
  async endAll(userId: string, exceptId?: string): Promise<void> {
    await this.#db.query('delete from sessions where user_id = $1 and id is distinct from $2', [
      userId,
      exceptId ?? null,
    ])
  }

  /** Deletes at most `most` expired sessions, and returns their number. */
  sweep(most: number): Promise<number> {
    return deleteBatch(this.#db, 'sessions', 'expires_at < now()', most)
  }
}

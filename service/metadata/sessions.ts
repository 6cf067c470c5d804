import type { Queryable } from './database.ts'
import { randomId } from './ids.ts'
import type { Role, User } from './users.ts'

/** What is needed to go on with a session by its refresh token. */
export interface SessionState {
  id: string
  userId: string
  tokenHash: Buffer
  /** Of the token before; null until the first was replaced. */
  previousHash: Buffer | null
  /** When the token was replaced, as milliseconds ago by the database's clock. */
  rotatedMsAgo: number
}

/** For whom a session speaks now, whatever was true when it began. */
export interface SessionOwner {
  userId: string
  role: Role
}

/** How many a user may have: with one more, the one that was not used for longest ends. */
const maxPerUser = 200
/** How long a session lasts after its refresh token was used. */
const lastsDays = 30

/** Logins that go on, by hashes of their refresh tokens. */
export class SessionRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Begins one and returns its id, which is no secret. Undefined when the user is disabled or has another password by
   * now: whoever changes that ends the sessions that there are, and this one must not slip through behind it.
   */
  async create(
    { id: userId, passwordHash }: Pick<User, 'id' | 'passwordHash'>,
    seriesHash: Buffer,
    tokenHash: Buffer,
  ): Promise<string | undefined> {
    const [row] = await this.#db.query<{ id: string }>(
      `with owner as (select id from users where id = $2 and password_hash = $3 and not disabled for share)
       insert into sessions (id, user_id, series_hash, token_hash, expires_at)
       select $1, id, $4, $5, now() + interval '${lastsDays} days' from owner returning id`,
      [randomId(16), userId, passwordHash, seriesHash, tokenHash],
    )
    await this.#db.query(
      `delete from sessions where id in (
         select id from sessions where user_id = $1 order by rotated_at desc, id offset ${maxPerUser})`,
      [userId],
    )
    return row?.id
  }

  /** Puts the next token in the place of this one; undefined when it is not the current one of a session that lasts. */
  async rotate(
    seriesHash: Buffer,
    tokenHash: Buffer,
    nextHash: Buffer,
  ): Promise<Pick<SessionState, 'id' | 'userId'> | undefined> {
    const [row] = await this.#db.query<Pick<SessionState, 'id' | 'userId'>>(
      `update sessions set previous_hash = token_hash, token_hash = $3, rotated_at = now(),
         expires_at = now() + interval '${lastsDays} days'
       where series_hash = $1 and token_hash = $2 and expires_at > now()
         and exists (select from users where users.id = user_id and not disabled)
       returning id, user_id as "userId"`,
      [seriesHash, tokenHash, nextHash],
    )
    return row
  }

  /** The session of a series, if it lasts. */
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

  /** Undefined when the session is over, or its user is gone or disabled. */
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

  /** Ends every session of a user, but for one where it is named. */
  async endAll(userId: string, but?: string): Promise<void> {
    await this.#db.query('delete from sessions where user_id = $1 and id is distinct from $2', [
      userId,
      but ?? null,
    ])
  }

  /** Forgets what is over. */
  async sweep(): Promise<void> {
    await this.#db.query('delete from sessions where expires_at < now()')
  }
}

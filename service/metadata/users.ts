import { DarkroomError } from '../errors/catalogue.ts'
import type { Page, PageQuery } from './cursor.ts'
import { onlyRow, type Queryable } from './database.ts'
import { violatesConstraint } from './database-errors.ts'
import { randomId } from './ids.ts'
import { listNewestFirst, type PagePosition } from './newest-first.ts'
import type { UserLimits } from './user-limits.ts'

export type Role = 'admin' | 'member'

/** What a request gets that waited for heavy work in vain: what is known of the image, or another one of the user's. */
export type Fallback = 'placeholder' | { readonly imageId: string }

export interface User {
  id: string
  /** Lower case, without space around it. */
  email: string
  passwordHash: string
  role: Role
  /** Whether his image URLs may only name presets. */
  presetsOnly: boolean
  /** Whether he may neither log in nor use a key. */
  disabled: boolean
  /** Null for none, and for an image that was deleted. */
  fallback: Fallback | null
  /** Null for none. */
  limits: UserLimits | null
  createdAt: Date
}

export type NewUser = Pick<User, 'email' | 'passwordHash' | 'role'> & { presetsOnly?: boolean | undefined }

export type UserChanges = Partial<Pick<User, 'role' | 'presetsOnly' | 'disabled' | 'passwordHash' | 'limits'>>

const columns = `id, email, password_hash as "passwordHash", role, presets_only as "presetsOnly", disabled,
  case when jsonb_typeof(fallback) = 'object' and not exists (
    select from images where user_id = users.id and images.id = fallback ->> 'imageId' and state = 'ready'
  ) then null else fallback end as fallback, limits, created_at as "createdAt"`

/** The people who may log in; each is a tenant. */
export class UserRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Adds a user with a fresh id. Throws `conflict` when the e-mail address is taken, in whatever case. */
  async create({ email, passwordHash, role, presetsOnly = false }: NewUser): Promise<User> {
    try {
      const rows = await this.#db.query<User>(
        `insert into users (id, email, password_hash, role, presets_only) values ($1, $2, $3, $4, $5)
         returning ${columns}`,
        [randomId(12), normalized(email), passwordHash, role, presetsOnly],
      )
      return onlyRow(rows)
    } catch (error) {
      if (!violatesConstraint(error, 'users_email_unique')) throw error
      throw new DarkroomError('conflict', 'there is a user with this e-mail address', { cause: error })
    }
  }

  async findByEmail(email: string): Promise<User | undefined> {
    const [user] = await this.#db.query<User>(
      `select ${columns} from users where email = $1 and deleted_at is null`,
      [normalized(email)],
    )
    return user
  }

  async findById(id: string): Promise<User | undefined> {
    const [user] = await this.#db.query<User>(
      `select ${columns} from users where id = $1 and deleted_at is null`,
      [id],
    )
    return user
  }

  /** One page of all, the newest first. */
  list(query: PageQuery): Promise<Page<User>> {
    const load = ({ at, id, count }: PagePosition) =>
      this.#db.query<User>(
        `select ${columns} from users
         where deleted_at is null and ($1::timestamptz is null or (created_at, id) < ($1, $2::text))
         order by created_at desc, id desc limit $3`,
        [at, id, count],
      )
    return listNewestFirst(query, load, ({ createdAt }) => createdAt)
  }

  /** Changes what is named; undefined when there is no such user. Whether he may lose his role is not asked here. */
  async update(
    id: string,
    { role, presetsOnly, disabled, passwordHash, limits }: UserChanges,
  ): Promise<User | undefined> {
    const [user] = await this.#db.query<User>(
      `update users set role = coalesce($2, role), presets_only = coalesce($3, presets_only),
         disabled = coalesce($4, disabled), password_hash = coalesce($5, password_hash),
         limits = case when $6 then $7::jsonb else limits end
       where id = $1 and deleted_at is null returning ${columns}`,
      [
        id,
        role ?? null,
        presetsOnly ?? null,
        disabled ?? null,
        passwordHash ?? null,
        limits !== undefined,
        limits ? JSON.stringify(limits) : null,
      ],
    )
    return user
  }

  /**
   * Deletes a user: from now on nobody finds him, and his address is free. What he has is cleared away behind it.
   * False when there is no such user.
   */
  async remove(id: string): Promise<boolean> {
    const rows = await this.#db.query(
      `update users set deleted_at = now(), disabled = true, email = id || '@deleted.invalid'
       where id = $1 and deleted_at is null returning id`,
      [id],
    )
    return rows.length > 0
  }

  /** Says what is answered when heavy work takes too long; undefined when there is no such user. */
  async setFallback(id: string, fallback: Fallback | null): Promise<User | undefined> {
    const [user] = await this.#db.query<User>(
      `update users set fallback = $2 where id = $1 and deleted_at is null returning ${columns}`,
      [id, fallback && JSON.stringify(fallback)],
    )
    return user
  }

  /**
   * The ids of those who may administer. Their rows stay as they are until the transaction ends, so that two who
   * take the right from each other cannot both do so.
   */
  async lockAdministrators(): Promise<string[]> {
    const rows = await this.#db.query<{ id: string }>(
      "select id from users where role = 'admin' and not disabled order by id for update",
    )
    return rows.map(({ id }) => id)
  }

  /** How many users there are; 0 means that the first administrator is still to be made. */
  async count(): Promise<number> {
    return onlyRow(await this.#db.query<{ count: number }>('select count(*) from users')).count
  }
}

function normalized(email: string): string {
  return email.trim().toLowerCase()
}

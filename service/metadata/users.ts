import { DarkroomError } from '../errors/catalogue.ts'
import type { Page, PageQuery } from './cursor.ts'
import { onlyRow, type Queryable } from './database.ts'
import { violatesConstraint } from './database-errors.ts'
import { randomId } from './ids.ts'
import { listNewestFirst, type PagePosition } from './newest-first.ts'
import type { UserLimits } from './user-limits.ts'

export type Role = 'admin' | 'member'

/**
 * The image that is served when heavy work takes too long: a placeholder of the image, or another image of the user.
 */
export type Fallback = 'placeholder' | { readonly imageId: string }

export interface User {
  id: string
  /** In lower case, without surrounding spaces. */
  email: string
  passwordHash: string
  role: Role
  /** Whether the user's image URLs may only use presets. */
  presetsOnly: boolean
  /** Whether the user's image URLs may fetch originals although `presetsOnly` is set. */
  originals: boolean
  /** Whether the user can neither log in nor use a key. */
  disabled: boolean
  /** Null for none, and when its image was deleted. */
  fallback: Fallback | null
  /** Whether an upload whose last part is missing is refused. */
  rejectTruncated: boolean
  /** Null for no limits. */
  limits: UserLimits | null
  createdAt: Date
}

export type NewUser = Pick<User, 'email' | 'passwordHash' | 'role'> & {
  presetsOnly?: boolean | undefined
  originals?: boolean | undefined
}

/** The settings of users for their own images. */
export type UserSettings = Pick<User, 'fallback' | 'rejectTruncated'>

export type UserChanges = Partial<
  Pick<User, 'role' | 'presetsOnly' | 'originals' | 'disabled' | 'passwordHash' | 'limits'>
>

// not `not exists`: for a list of users, Postgres may then read all images of all users at once
const columns = `id, email, password_hash as "passwordHash", role, presets_only as "presetsOnly", originals, disabled,
  case when jsonb_typeof(fallback) = 'object' and (
    select state from images where user_id = users.id and images.id = fallback ->> 'imageId'
  ) is distinct from 'ready' then null else fallback end as fallback, reject_truncated as "rejectTruncated", limits, created_at as "createdAt"`

/** The user accounts; each user is a tenant. */
export class UserRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Creates a user with a new id.
   * @throws DarkroomError `conflict` when the e-mail address is taken, ignoring case
   */
  async create({
    email,
    passwordHash,
    role,
    presetsOnly = false,
    originals = false,
  }: NewUser): Promise<User> {
    try {
      const rows = await this.#db.query<User>(
        `insert into users (id, email, password_hash, role, presets_only, originals) values ($1, $2, $3, $4, $5, $6)
         returning ${columns}`,
        [randomId(12), normalized(email), passwordHash, role, presetsOnly, originals],
      )
      return onlyRow(rows)
    } catch (error) {
      if (!violatesConstraint(error, 'users_email_unique')) throw error
      throw new DarkroomError('conflict', 'email: already used by another user', { cause: error })
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

  /** The active administrator who was created first. */
  async findFirstAdministrator(): Promise<User | undefined> {
    const [user] = await this.#db.query<User>(
      `select ${columns} from users where role = 'admin' and not disabled and deleted_at is null
       order by created_at, id limit 1`,
    )
    return user
  }

  /** One page of all users, newest first. */
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

  /**
   * Changes the given fields; undefined when there is no such user. Does not check whether another
   * administrator remains.
   */
  async update(
    id: string,
    { role, presetsOnly, originals, disabled, passwordHash, limits }: UserChanges,
  ): Promise<User | undefined> {
    const [user] = await this.#db.query<User>(
      `update users set role = coalesce($2, role), presets_only = coalesce($3, presets_only),
         disabled = coalesce($4, disabled), password_hash = coalesce($5, password_hash),
         limits = case when $6 then $7::jsonb else limits end, originals = coalesce($8, originals)
       where id = $1 and deleted_at is null returning ${columns}`,
      [
        id,
        role ?? null,
        presetsOnly ?? null,
        disabled ?? null,
        passwordHash ?? null,
        limits !== undefined,
        limits ? JSON.stringify(limits) : null,
        originals ?? null,
      ],
    )
    return user
  }

  /**
   * Deletes a user: from now on the user is not found, and the e-mail address is free. Their data is removed
   * afterwards. False when there is no such user.
   */
  async remove(id: string): Promise<boolean> {
    const rows = await this.#db.query(
      `update users set deleted_at = now(), disabled = true, email = id || '@deleted.invalid'
       where id = $1 and deleted_at is null returning id`,
      [id],
    )
    return rows.length > 0
  }

  /** Changes the given settings; undefined when there is no such user. */
  async changeSettings(
    id: string,
    { fallback, rejectTruncated }: Partial<UserSettings>,
  ): Promise<User | undefined> {
    const [user] = await this.#db.query<User>(
      `update users set fallback = case when $2 then $3::jsonb else fallback end,
         reject_truncated = coalesce($4, reject_truncated)
       where id = $1 and deleted_at is null returning ${columns}`,
      [id, fallback !== undefined, fallback ? JSON.stringify(fallback) : null, rejectTruncated ?? null],
    )
    return user
  }

  /**
   * The ids of all active administrators. Their rows are locked until the transaction ends, so that two
   * administrators cannot remove each other's role at the same time.
   */
  async lockAdministrators(): Promise<string[]> {
    const rows = await this.#db.query<{ id: string }>(
      "select id from users where role = 'admin' and not disabled order by id for update",
    )
    return rows.map(({ id }) => id)
  }

  /** The number of users; 0 means that the first administrator has to be created. */
  async count(): Promise<number> {
    return onlyRow(await this.#db.query<{ count: number }>('select count(*) from users')).count
  }
}

function normalized(email: string): string {
  return email.trim().toLowerCase()
}

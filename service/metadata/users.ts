import { DarkroomError } from '../errors/catalogue.ts'
import { onlyRow, type Queries } from './database.ts'
import { violates } from './failures.ts'
import { randomId } from './ids.ts'

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
  /** Null for none, and for an image that was deleted. */
  fallback: Fallback | null
  createdAt: Date
}

export type NewUser = Pick<User, 'email' | 'passwordHash' | 'role'> & { presetsOnly?: boolean | undefined }

export type Users = ReturnType<typeof createUsers>

const columns = `id, email, password_hash as "passwordHash", role, presets_only as "presetsOnly",
  case when jsonb_typeof(fallback) = 'object' and not exists (
    select from images where user_id = users.id and images.id = fallback ->> 'imageId' and state = 'ready'
  ) then null else fallback end as fallback, created_at as "createdAt"`

/** The people who may log in; each is a tenant. */
export function createUsers(db: Queries) {
  return {
    /** Adds a user with a fresh id. Throws `conflict` when the e-mail address is taken, in whatever case. */
    async create({ email, passwordHash, role, presetsOnly = false }: NewUser): Promise<User> {
      try {
        const rows = await db.query<User>(
          `insert into users (id, email, password_hash, role, presets_only) values ($1, $2, $3, $4, $5)
           returning ${columns}`,
          [randomId(12), normalized(email), passwordHash, role, presetsOnly],
        )
        return onlyRow(rows)
      } catch (error) {
        if (!violates(error, 'users_email_unique')) throw error
        throw new DarkroomError('conflict', 'there is a user with this e-mail address', { cause: error })
      }
    },

    async findByEmail(email: string): Promise<User | undefined> {
      const [user] = await db.query<User>(`select ${columns} from users where email = $1`, [
        normalized(email),
      ])
      return user
    },

    async findById(id: string): Promise<User | undefined> {
      const [user] = await db.query<User>(`select ${columns} from users where id = $1`, [id])
      return user
    },

    /** Holds a user to presets, or lets him go; undefined when there is no such user. */
    async setPresetsOnly(id: string, presetsOnly: boolean): Promise<User | undefined> {
      const [user] = await db.query<User>(
        `update users set presets_only = $2 where id = $1 returning ${columns}`,
        [id, presetsOnly],
      )
      return user
    },

    /** Says what is answered when heavy work takes too long; undefined when there is no such user. */
    async setFallback(id: string, fallback: Fallback | null): Promise<User | undefined> {
      const [user] = await db.query<User>(
        `update users set fallback = $2 where id = $1 returning ${columns}`,
        [id, fallback && JSON.stringify(fallback)],
      )
      return user
    },

    /** How many users there are; 0 means that the first administrator is still to be made. */
    async count(): Promise<number> {
      return onlyRow(await db.query<{ count: number }>('select count(*) from users')).count
    },
  }
}

function normalized(email: string): string {
  return email.trim().toLowerCase()
}

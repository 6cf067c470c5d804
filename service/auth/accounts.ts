import { DarkroomError } from '../errors/catalogue.ts'
import type { Role, User, UserRepository } from '../metadata/users.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import type { Scope } from './scopes.ts'

/** What proved who somebody is. */
export type Credential =
  | { readonly kind: 'session'; readonly id: string }
  | { readonly kind: 'key'; readonly id: string; readonly expiresAt: Date | null }

/** Who a request acts for. */
export interface Principal {
  readonly userId: string
  /** The one he acts in: with a key that lacks the scope `admin`, an administrator is a member. */
  readonly role: Role
  readonly scopes: ReadonlySet<Scope>
  readonly credential: Credential
}

export interface NewAccount {
  email: string
  /** In clear; 10 to 200 characters. */
  password: string
  role: Role
  /** Whether his image URLs may only name presets (false). */
  presetsOnly?: boolean | undefined
}

export type Accounts = ReturnType<typeof createAccounts>

/** Logging in and making users, on the passwords of the users' repository. */
export function createAccounts(users: UserRepository) {
  return {
    /**
     * The user of this e-mail address and password. Throws `unauthorized`, with the same words after the same time,
     * whichever of the two is wrong, and when he is disabled; `overloaded` when too many log in at once.
     */
    async authenticate(email: string, password: string): Promise<User> {
      const user = isEmail(email) ? await users.findByEmail(email) : undefined
      const right = await verifyPassword(password, user?.passwordHash)
      if (user && right && !user.disabled) return user
      throw new DarkroomError('unauthorized', 'the e-mail address or the password is wrong')
    },

    /** Adds a user. Throws `bad-request` that names `email` or `password`, `conflict` when the address is taken. */
    async create({ email, password, role, presetsOnly }: NewAccount): Promise<User> {
      if (!isEmail(email)) throw new DarkroomError('bad-request', 'email must be an e-mail address')
      return users.create({ email, passwordHash: await hashPassword(password), role, presetsOnly })
    },
  }
}

/** One @ with something on both sides, within the length that SMTP carries; only a letter to it can tell more. */
function isEmail(text: string): boolean {
  const email = text.trim()
  return email.length <= 254 && /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(email)
}

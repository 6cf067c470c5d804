import { DarkroomError } from '../errors/catalogue.ts'
import type { Role, User, UserRepository } from '../metadata/users.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import type { Scope } from './scopes.ts'

/** How a request was authenticated. */
export type Credential =
  | { readonly kind: 'session'; readonly id: string }
  | { readonly kind: 'key'; readonly id: string; readonly expiresAt: Date | null }

/** The user that a request acts for. */
export interface Principal {
  readonly userId: string
  /** The effective role: an administrator is a member when the API key lacks the scope `admin`. */
  readonly role: Role
  readonly scopes: ReadonlySet<Scope>
  readonly credential: Credential
}

export interface NewAccount {
  email: string
  /** In plain text; 10 to 200 characters. */
  password: string
  role: Role
  /** Whether the user's image URLs may only use presets; false by default. */
  presetsOnly?: boolean | undefined
  /** Whether their image URLs may fetch originals although `presetsOnly` is set; false by default. */
  originals?: boolean | undefined
}

export type Accounts = ReturnType<typeof createAccounts>

/** Checks passwords and creates users. */
export function createAccounts(users: UserRepository) {
  return {
    /**
     * The user with this e-mail address and password.
     * @throws DarkroomError `unauthorized` when either is wrong or the user is disabled, with the same
     * message after the same time in every case, so that addresses cannot be probed; `overloaded` when too
     * many logins run at once
     */
    async authenticate(email: string, password: string): Promise<User> {
      const user = isEmail(email) ? await users.findByEmail(email) : undefined
      const isCorrect = await verifyPassword(password, user?.passwordHash)
      if (user && isCorrect && !user.disabled) return user
      throw new DarkroomError('unauthorized', 'wrong e-mail address or password')
    },

    /**
     * Creates a user.
     * @throws DarkroomError `bad-request` that names `email` or `password`, `conflict` when the address is
     * taken
     */
    async create({ email, password, ...rights }: NewAccount): Promise<User> {
      if (!isEmail(email)) throw new DarkroomError('bad-request', 'email: must be an e-mail address')
      return users.create({ email, passwordHash: await hashPassword(password), ...rights })
    },
  }
}

/**
 * One @ with text on both sides, within the length limit of SMTP. Only sending a message could verify more.
 */
function isEmail(text: string): boolean {
  const email = text.trim()
  return email.length <= 254 && /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(email)
}

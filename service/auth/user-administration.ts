import { DarkroomError } from '../errors/catalogue.ts'
import type { Database, Queryable } from '../metadata/database.ts'
import { SessionRepository } from '../metadata/sessions.ts'
import { type User, type UserChanges, UserRepository } from '../metadata/users.ts'
import type { Accounts } from './accounts.ts'
import type { ClientInfo } from './client-info.ts'
import type { LoginThrottle } from './login-throttle.ts'
import { hashPassword } from './passwords.ts'

export interface UserAdministrationParts {
  readonly database: Database
  readonly accounts: Pick<Accounts, 'authenticate'>
  readonly throttle: LoginThrottle
}

/** Changes and deletes users, with all consequences. */
export class UserAdministration {
  readonly #parts: UserAdministrationParts

  constructor(parts: UserAdministrationParts) {
    this.#parts = parts
  }

  /**
   * Changes `role`, `presetsOnly`, `originals`, `limits` and `disabled`. Disabling a user ends their sessions.
   * @throws DarkroomError `not-found`, or `conflict` when no administrator would remain
   */
  update(id: string, changes: Omit<UserChanges, 'passwordHash'>): Promise<User> {
    return this.#parts.database.transaction(async transaction => {
      if (changes.role === 'member' || changes.disabled) await requireAnotherAdministrator(transaction, id)
      const user = await new UserRepository(transaction).update(id, changes)
      if (user === undefined) throw unknownUser()
      if (changes.disabled) await new SessionRepository(transaction).endAll(id)
      return user
    })
  }

  /**
   * Deletes a user and ends their sessions. It takes effect in every process within a second.
   * @throws DarkroomError `not-found`, or `conflict` when no administrator would remain
   */
  remove(id: string): Promise<void> {
    return this.#parts.database.transaction(async transaction => {
      await requireAnotherAdministrator(transaction, id)
      if (!(await new UserRepository(transaction).remove(id))) throw unknownUser()
      await new SessionRepository(transaction).endAll(id)
    })
  }

  /**
   * Sets a user's password and ends all their sessions.
   * @throws DarkroomError `bad-request` or `not-found`
   */
  resetPassword(userId: string, password: string): Promise<void> {
    return this.#setPassword(userId, password)
  }

  /**
   * Changes the user's own password and ends their other sessions.
   * @throws DarkroomError `forbidden` when the current password is wrong, `too-many-requests` after too many
   * attempts, `bad-request` for an invalid new password
   */
  async changePassword(
    { id, email }: Pick<User, 'id' | 'email'>,
    { current, next }: { readonly current: string; readonly next: string },
    sessionToKeep: string,
    client: ClientInfo,
  ): Promise<void> {
    const { accounts, throttle } = this.#parts
    await throttle
      .guard(email, client, () => accounts.authenticate(email, current))
      .catch(error => {
        if (!(error instanceof DarkroomError) || error.code !== 'unauthorized') throw error
        throw new DarkroomError('forbidden', 'current: wrong password', { cause: error })
      })
    await this.#setPassword(id, next, sessionToKeep)
  }

  async #setPassword(userId: string, password: string, sessionToKeep?: string): Promise<void> {
    const passwordHash = await hashPassword(password)
    await this.#parts.database.transaction(async transaction => {
      const user = await new UserRepository(transaction).update(userId, { passwordHash })
      if (user === undefined) throw unknownUser()
      await new SessionRepository(transaction).endAll(userId, sessionToKeep)
    })
  }
}

/**
 * Requires an active administrator besides this user, because only an administrator can make another user one.
 * @throws DarkroomError `conflict`
 */
export async function requireAnotherAdministrator(transaction: Queryable, userId: string): Promise<void> {
  const administrators = await new UserRepository(transaction).lockAdministrators()
  if (administrators.length === 1 && administrators[0] === userId) {
    throw new DarkroomError('conflict', 'the last administrator cannot be demoted, disabled or deleted')
  }
}

const unknownUser = () => new DarkroomError('not-found', 'there is no such user')

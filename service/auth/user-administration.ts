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

/** What may be changed about a user, with all that follows from it. */
export class UserAdministration {
  readonly #parts: UserAdministrationParts

  constructor(parts: UserAdministrationParts) {
    this.#parts = parts
  }

  /**
   * Changes role, presets-only, limits and whether he is disabled, which ends his sessions. @throws DarkroomError `not-found`,
   * or `conflict` when nobody would be left to administer
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
   * Deletes a user with his sessions: nothing of him answers any more within a second. @throws DarkroomError
   * `not-found`, or `conflict` when nobody would be left to administer
   */
  remove(id: string): Promise<void> {
    return this.#parts.database.transaction(async transaction => {
      await requireAnotherAdministrator(transaction, id)
      if (!(await new UserRepository(transaction).remove(id))) throw unknownUser()
      await new SessionRepository(transaction).endAll(id)
    })
  }

  /** Gives a user a new password, which ends all his sessions. @throws DarkroomError `bad-request` or `not-found` */
  resetPassword(userId: string, password: string): Promise<void> {
    return this.#setPassword(userId, password)
  }

  /**
   * Changes the password of who knows it, which ends his other sessions. @throws DarkroomError `forbidden` when he does
   * not, `too-many-requests` when he tries too often, or `bad-request` for the next one
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
        throw new DarkroomError('forbidden', 'current: this is not the password', { cause: error })
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

/** An installation without an administrator could not make one. @throws DarkroomError `conflict` */
export async function requireAnotherAdministrator(transaction: Queryable, userId: string): Promise<void> {
  const administrators = await new UserRepository(transaction).lockAdministrators()
  if (administrators.length === 1 && administrators[0] === userId) {
    throw new DarkroomError('conflict', 'this is the last administrator')
  }
}

const unknownUser = () => new DarkroomError('not-found', 'there is no such user')

import { DarkroomError } from '../errors/catalogue.ts'
import type { Database, Queryable } from '../metadata/database.ts'
import { createSessionRepository } from '../metadata/sessions.ts'
import { createUserRepository, type User, type UserChanges } from '../metadata/users.ts'
import type { Accounts } from './accounts.ts'
import type { ClientInfo } from './client-info.ts'
import type { LoginThrottle } from './login-throttle.ts'
import { hashPassword } from './passwords.ts'

export type UserAdministration = ReturnType<typeof createUserAdministration>

/** What may be changed about a user, with all that follows from it. */
export function createUserAdministration(database: Database, accounts: Accounts, throttle: LoginThrottle) {
  const setPassword = async (userId: string, password: string, sessionToKeep?: string) => {
    const passwordHash = await hashPassword(password)
    await database.transaction(async one => {
      const user = await createUserRepository(one).update(userId, { passwordHash })
      if (user === undefined) throw unknown()
      await createSessionRepository(one).endAll(userId, sessionToKeep)
    })
  }

  return {
    /**
     * Changes role, presets-only, limits and whether he is disabled, which ends his sessions. @throws DarkroomError `not-found`,
     * or `conflict` when nobody would be left to administer
     */
    update(id: string, changes: Omit<UserChanges, 'passwordHash'>): Promise<User> {
      return database.transaction(async one => {
        const users = createUserRepository(one)
        if (changes.role === 'member' || changes.disabled) await requireAnotherAdministrator(one, id)
        const user = await users.update(id, changes)
        if (user === undefined) throw unknown()
        if (changes.disabled) await createSessionRepository(one).endAll(id)
        return user
      })
    },

    /**
     * Deletes a user with his sessions: nothing of him answers any more within a second. @throws DarkroomError
     * `not-found`, or `conflict` when nobody would be left to administer
     */
    remove(id: string): Promise<void> {
      return database.transaction(async one => {
        await requireAnotherAdministrator(one, id)
        if (!(await createUserRepository(one).remove(id))) throw unknown()
        await createSessionRepository(one).endAll(id)
      })
    },

    /** Gives a user a new password, which ends all his sessions. @throws DarkroomError `bad-request` or `not-found` */
    resetPassword: (userId: string, password: string) => setPassword(userId, password),

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
      await throttle
        .guard(email, client, () => accounts.authenticate(email, current))
        .catch(error => {
          if (!(error instanceof DarkroomError) || error.code !== 'unauthorized') throw error
          throw new DarkroomError('forbidden', 'current: this is not the password', { cause: error })
        })
      await setPassword(id, next, sessionToKeep)
    },
  }
}

/** An installation without an administrator could not make one. @throws DarkroomError `conflict` */
export async function requireAnotherAdministrator(transaction: Queryable, userId: string): Promise<void> {
  const administrators = await createUserRepository(transaction).lockAdministrators()
  if (administrators.length === 1 && administrators[0] === userId) {
    throw new DarkroomError('conflict', 'this is the last administrator')
  }
}

const unknown = () => new DarkroomError('not-found', 'there is no such user')

import { DarkroomError } from '../errors/catalogue.ts'
import type { Database, Queries } from '../metadata/database.ts'
import { createSessionRows } from '../metadata/sessions.ts'
import { createUsers, type User, type UserChanges } from '../metadata/users.ts'
import type { Accounts } from './accounts.ts'
import { hashPassword } from './passwords.ts'
import type { Throttle } from './throttle.ts'
import type { Visitor } from './visitor.ts'

export type Administration = ReturnType<typeof createAdministration>

/** What may be changed about a user, with all that follows from it. */
export function createAdministration(database: Database, accounts: Accounts, throttle: Throttle) {
  const setPassword = async (userId: string, password: string, sessionToKeep?: string) => {
    const passwordHash = await hashPassword(password)
    await database.transaction(async one => {
      const user = await createUsers(one).change(userId, { passwordHash })
      if (user === undefined) throw unknown()
      await createSessionRows(one).endAll(userId, sessionToKeep)
    })
  }

  return {
    /**
     * Changes role, presets-only and whether he is disabled, which ends his sessions. @throws DarkroomError `not-found`,
     * or `conflict` when nobody would be left to administer
     */
    change(id: string, changes: Omit<UserChanges, 'passwordHash'>): Promise<User> {
      return database.transaction(async one => {
        const users = createUsers(one)
        if (changes.role === 'member' || changes.disabled) await requireAnother(one, id)
        const user = await users.change(id, changes)
        if (user === undefined) throw unknown()
        if (changes.disabled) await createSessionRows(one).endAll(id)
        return user
      })
    },

    /**
     * Deletes a user with his sessions: nothing of him answers any more within a second. @throws DarkroomError
     * `not-found`, or `conflict` when nobody would be left to administer
     */
    remove(id: string): Promise<void> {
      return database.transaction(async one => {
        await requireAnother(one, id)
        if (!(await createUsers(one).remove(id))) throw unknown()
        await createSessionRows(one).endAll(id)
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
      visitor: Visitor,
    ): Promise<void> {
      await throttle
        .guard(email, visitor, () => accounts.login(email, current))
        .catch(error => {
          if (!(error instanceof DarkroomError) || error.code !== 'unauthorized') throw error
          throw new DarkroomError('forbidden', 'current: this is not the password', { cause: error })
        })
      await setPassword(id, next, sessionToKeep)
    },
  }
}

/** An installation without an administrator could not make one. @throws DarkroomError `conflict` */
export async function requireAnother(transaction: Queries, userId: string): Promise<void> {
  const administrators = await createUsers(transaction).lockAdministrators()
  if (administrators.length === 1 && administrators[0] === userId) {
    throw new DarkroomError('conflict', 'this is the last administrator')
  }
}

const unknown = () => new DarkroomError('not-found', 'there is no such user')

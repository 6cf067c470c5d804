import { randomBytes } from 'node:crypto'
import type { Accounts } from '../app.ts'
import type { Actor } from '../auth/audit-log.ts'
import type { Config } from '../config.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { User } from '../metadata/users.ts'

/** The first administrator's address when none is configured. */
const defaultEmail = 'admin@darkroom.local'

/** The email address of the first administrator. */
export function adminEmail(config: Config): string {
  return config.DARKROOM_ADMIN_EMAIL ?? defaultEmail
}

/**
 * The actor of audit log entries for commands. A command needs no login: access to the server's secrets and database is
 * the permission.
 */
export const commandLine: Actor = { userId: null, keyId: null, address: 'command line' }

/** Finds a user by email address. @throws DarkroomError `not-found` that names the commands to go on with */
export async function findUser({ metadata: { users } }: Accounts, email: string): Promise<User> {
  const user = await users.findByEmail(email)
  if (user) return user
  throw new DarkroomError(
    'not-found',
    `no user has the address ${email}; see \`darkroom user list\`, or create one with \`darkroom user create\``,
  )
}

/**
 * Finds the user that a command acts for when none is named: the configured administrator, otherwise the first one.
 * @throws DarkroomError `not-found`
 */
export async function findDefaultUser(app: Accounts, config: Config): Promise<User> {
  if (config.DARKROOM_ADMIN_EMAIL !== undefined) return findUser(app, config.DARKROOM_ADMIN_EMAIL)
  const user = await app.metadata.users.findFirstAdministrator()
  if (user) return user
  throw new DarkroomError(
    'not-found',
    'no administrator exists yet, expected --user or a service that has been started',
  )
}

/** Generates a password of 120 random bits in 20 characters. */
export function generatePassword(): string {
  return randomBytes(15).toString('base64url')
}

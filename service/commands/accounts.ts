import { randomBytes } from 'node:crypto'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { User } from '../metadata/users.ts'

/** The first administrator's address when none is configured. */
const defaultEmail = 'admin@darkroom.local'

/** The email address of the first administrator. */
export function adminEmail(config: Config): string {
  return config.DARKROOM_ADMIN_EMAIL ?? defaultEmail
}

/** Finds a user by email address. @throws DarkroomError `not-found` that names the command to create one */
export async function findUser({ metadata: { users } }: App, email: string): Promise<User> {
  const user = await users.findByEmail(email)
  if (user) return user
  throw new DarkroomError(
    'not-found',
    `no user has the address ${email}; create one with \`darkroom user create --email ${email}\``,
  )
}

/** Generates a password of 120 random bits in 20 characters. */
export function generatePassword(): string {
  return randomBytes(15).toString('base64url')
}

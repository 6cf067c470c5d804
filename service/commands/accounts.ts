import { randomBytes } from 'node:crypto'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { User } from '../metadata/users.ts'

/** The first administrator where the configuration names none. */
const defaultEmail = 'admin@darkroom.local'

/** The e-mail address of the first administrator. */
export function adminEmail(config: Config): string {
  return config.DARKROOM_ADMIN_EMAIL ?? defaultEmail
}

/** The user with this e-mail address. @throws DarkroomError `not-found` that says how to make him */
export async function findUser({ users }: App, email: string): Promise<User> {
  const user = await users.findByEmail(email)
  if (user) return user
  throw new DarkroomError(
    'not-found',
    `there is no user ${email}: \`darkroom user create --email ${email}\` makes one`,
  )
}

/** A password for somebody who gave none: 120 random bits in 20 characters. */
export function generatePassword(): string {
  return randomBytes(15).toString('base64url')
}

import type { Database } from '../../metadata/database.ts'
import { SigningKeyRepository } from '../../metadata/signing-keys.ts'
import { UserRepository } from '../../metadata/users.ts'
import type { Bench } from './build.ts'
import { cheapHash } from './cheap-hash.ts'
import { type Account, openSession, type Session } from './session.ts'

/** Creates an administrator, for whom a signing key is created, too, and opens a session. */
export async function administrator(
  { app, url }: Bench,
  account: Account = { email: 'admin@example.com', password: 'a password of the admin' },
): Promise<Session> {
  const { id } = await app.metadata.users.create({ ...userOf(account), role: 'admin' })
  await app.metadata.signingKeys.create(id)
  return openSession(url, account)
}

/**
 * Creates an administrator with a signing key before the first process of the service starts. The process would create
 * them and a demo image, which takes more CPU time than its start.
 */
export async function prepareAdministrator(
  database: Database,
  masterKey: Buffer,
  account: Account,
): Promise<void> {
  const { id } = await new UserRepository(database).create({ ...userOf(account), role: 'admin' })
  await new SigningKeyRepository(database, masterKey).create(id)
}

const userOf = ({ email, password }: Account) => ({ email, passwordHash: cheapHash(password) })

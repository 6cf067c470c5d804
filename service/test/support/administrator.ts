import type { Bench } from './build.ts'
import { openSession, type Session } from './session.ts'

/** Registers an administrator, for whom a signing key is created, too, and opens a session. */
export async function administrator({ app, url }: Bench): Promise<Session> {
  const account = { email: 'admin@example.com', password: 'a password of the admin' }
  await app.auth.register({ ...account, role: 'admin' })
  return openSession(url, account)
}

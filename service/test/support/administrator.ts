import type { Bench } from './build.ts'
import { openSession, type Session } from './session.ts'

/** Opens a session of an administrator with a signing key. */
export async function administrator({ app, url }: Bench): Promise<Session> {
  const account = { email: 'admin@example.com', password: 'a password of the admin' }
  await app.auth.register({ ...account, role: 'admin' })
  return openSession(url, account)
}

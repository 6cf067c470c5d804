import { signal } from '@preact/signals'
import { api } from './api.ts'
import type { Session, User } from './api-types.ts'
import { onSessionEnd, renewSession, setAccessToken } from './calls.ts'

/** Who is signed in; null for nobody, undefined while that is being found out. */
export const user = signal<User | null | undefined>(undefined)

/** Says that there may be a session to renewSession: without it nobody is asked, and nothing fails for a mere visitor. */
const key = 'darkroom.session'

onSessionEnd(() => endSession())

/** Finds the session that the browser's cookie stands for. */
export async function restoreSession(): Promise<void> {
  if (localStorage.getItem(key) === null) {
    user.value = null
    return
  }
  try {
    const session = await renewSession()
    if (session === undefined) endSession()
    else startSession(session)
  } catch {
    // whether it lives nobody could say: the next load asks again
    user.value = null
  }
}

/** @throws Problem */
export async function signIn(email: string, password: string): Promise<void> {
  startSession(await api.login(email, password))
}

/** Signs out here in any case, and at the service if it can be told. */
export async function signOut(): Promise<void> {
  await api.logout().catch(() => {})
  endSession()
}

function startSession({ accessToken, user: signedIn }: Session): void {
  setAccessToken(accessToken)
  localStorage.setItem(key, 'kept')
  user.value = signedIn
}

function endSession(): void {
  setAccessToken(undefined)
  localStorage.removeItem(key)
  user.value = null
}

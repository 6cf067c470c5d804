import { signal } from '@preact/signals'
import { api } from './api.ts'
import type { Session, SignedInUser } from './api-types.ts'
import { forgetSession, onSessionEnd, renewSession, setAccessToken } from './calls.ts'
import { isAway } from './reachability.ts'

/** The signed-in user; null when signed out, undefined while the session is being restored. */
export const user = signal<SignedInUser | null | undefined>(undefined)

/**
 * The storage key of a flag: a session may exist. Without the flag no refresh request is sent, because the request
 * would fail for every new visitor.
 */
const key = 'darkroom.session'

/** Whether the session ended by itself. The page stays as it is until the user signs in again or signs out. */
export const hasSessionEnded = signal(false)

onSessionEnd(() => {
  setAccessToken(undefined)
  localStorage.removeItem(key)
  hasSessionEnded.value = true
})

/** Whether the signed-in user may write presets. For users with presets only, administrators do. */
export function mayWritePresets(): boolean {
  return user.value?.presetsOnly !== true
}

/** Restores the session from the browser's refresh cookie. */
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
    if (isAway.value) return restoreWhenBack()
    // the session may still be valid, so the flag stays: the next page load tries again
    user.value = null
  }
}

function restoreWhenBack(): void {
  const stop = isAway.subscribe(away => {
    if (away) return
    stop()
    restoreSession()
  })
}

/** @throws Problem */
export async function signIn(email: string, password: string): Promise<void> {
  startSession(await api.login(email, password))
}

/** Ends the session on this page, and on the service if it responds. */
export async function signOut(): Promise<void> {
  await api.logout().catch(() => {})
  endSession()
}

function startSession({ accessToken, user: signedIn }: Session): void {
  setAccessToken(accessToken)
  localStorage.setItem(key, 'kept')
  user.value = signedIn
  hasSessionEnded.value = false
}

function endSession(): void {
  forgetSession()
  localStorage.removeItem(key)
  // first, as work that waits for the end of the interruption must find no user
  user.value = null
  hasSessionEnded.value = false
}

import { Problem } from './calls.ts'
import { isAway } from './reachability.ts'
import { hasSessionEnded } from './session.ts'

/**
 * Whether a call failed because the service is away or the session has ended, and this still lasts. The banner or the
 * dialog of the application says so once, so views and toasts do not repeat it.
 */
export function isInterrupted(error: unknown): boolean {
  if (!(error instanceof Problem)) return false
  return (
    (error.code === 'unreachable' && isAway.value) ||
    (error.code === 'session-ended' && hasSessionEnded.value)
  )
}

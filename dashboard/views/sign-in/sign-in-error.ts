import { errorMessage, Problem } from '../../calls.ts'

/** The message of a sign-in that failed. */
export function signInError(error: unknown): string {
  if (!(error instanceof Problem)) return errorMessage(error)
  if (error.status === 401) return 'Email and password do not match an account. Check both and try again.'
  if (error.status === 429) return 'Too many attempts. Wait a minute, then try again.'
  return errorMessage(error)
}

import { DarkroomError, messageOf } from '../errors/catalogue.ts'

/** Node's codes for a server that cannot be reached. */
const network = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/**
 * SQLSTATEs for a server that cannot serve now: connection exceptions (08), refused logins (28), a missing
 * database (3D), no resources (53), cancelled by a time-out or shut down (57), its disk (58).
 */
const state = /^(08|28|3D|53|57|58)[0-9A-Z]{3}$/

/** What `pg` says, without a code, when a connection or an answer does not come. */
const wording = /^(Connection terminated|Query read timeout|timeout |Client (has encountered|was closed))/

/** SQLSTATE of a text that Postgres cannot store: one that holds a NUL character. */
const untranslatable = '22021'

/** Whether Postgres (not the query) is the reason of a failure. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = errorCodeOf(error)
  return network.has(code) || state.test(code) || wording.test(error.message)
}

/** The catalogue's error for what `pg` threw, or the same error when it is our own fault. */
export function translateDatabaseError(error: unknown): unknown {
  if (isUnavailable(error)) {
    return new DarkroomError('unavailable', 'the database does not answer', { cause: error })
  }
  if (errorCodeOf(error) === untranslatable) {
    return new DarkroomError('bad-request', 'text must not hold a NUL character', { cause: error })
  }
  if (violatesConstraint(error, 'images_within_limits')) {
    return new DarkroomError('over-limit', messageOf(error), { cause: error })
  }
  return error
}

/** Whether a statement failed because it violates the constraint of this name. */
export function violatesConstraint(error: unknown, constraint: string): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === constraint
}

/** The error's `code`: an SQLSTATE, or one of Node's; an empty string if it has none. */
export function errorCodeOf(error: unknown): string {
  const known = typeof error === 'object' && error !== null && 'code' in error
  return known && typeof error.code === 'string' ? error.code : ''
}

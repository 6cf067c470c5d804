import { DarkroomError, messageOf } from '../errors/catalogue.ts'

/** Node's error codes for a server that cannot be reached. */
const networkCodes = new Set([
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
 * SQLSTATE classes of a server that cannot serve now: connection exceptions (08), rejected logins (28), a
 * missing database (3D), insufficient resources (53), cancelled by a timeout or shut down (57), system errors
 * such as a full disk (58). Also 25006: a replica, which is read only until a failover has ended.
 */
const unavailableState = /^((08|28|3D|53|57|58)[0-9A-Z]{3}|25006)$/

/** Messages of `pg` errors without a code, for a connection or an answer that did not arrive in time. */
const unavailableMessage =
  /^(Connection terminated|Query read timeout|timeout |Client (has encountered|was closed))/

/** The SQLSTATE of a text that Postgres cannot store because it has a NUL character. */
const untranslatable = '22021'

/** The SQLSTATE of a row that refers to one that does not exist, and the names of the constraints of users' rows. */
const missingReference = '23503'
const userReference = /_user_id_fkey$/

/** The SQLSTATE of a statement that was cancelled, because it ran into its timeout. */
export const cancelled = '57014'

/** Whether a statement failed because Postgres could not run it to its end. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = errorCodeOf(error)
  return networkCodes.has(code) || unavailableState.test(code) || unavailableMessage.test(error.message)
}

/** The catalogue's error for an error of `pg`, or the same error when the cause is a bug of ours. */
export function translateDatabaseError(error: unknown): unknown {
  if (isUnavailable(error)) {
    // a statement that takes too long may do so for its own rows only
    const isOutage = errorCodeOf(error) !== cancelled
    const detail = isOutage ? 'the database does not answer' : 'a statement of the database took too long'
    return new DarkroomError('unavailable', detail, { cause: error, isOutage })
  }
  if (errorCodeOf(error) === untranslatable) {
    return new DarkroomError('bad-request', 'text must not contain a NUL character', { cause: error })
  }
  if (violatesConstraint(error, 'images_within_limits')) {
    return new DarkroomError('over-limit', messageOf(error), { cause: error })
  }
  // the request of a user who is deleted meanwhile
  if (errorCodeOf(error) === missingReference && userReference.test(constraintOf(error))) {
    return new DarkroomError('not-found', 'there is no such user', { cause: error })
  }
  return error
}

/** Whether a statement failed because it violates the named constraint. */
export function violatesConstraint(error: unknown, constraint: string): boolean {
  return constraintOf(error) === constraint
}

/** The constraint that a statement violates; an empty string when it failed for another reason. */
const constraintOf = (error: unknown) =>
  error instanceof Error && 'constraint' in error ? String(error.constraint) : ''

/** The error's `code`, an SQLSTATE or one of Node's; an empty string when it has none. */
export function errorCodeOf(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error
  return hasCode && typeof error.code === 'string' ? error.code : ''
}

import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import { errorCodeOf } from '../../metadata/database-errors.ts'
import type { TaskFailure } from '../../metadata/tasks.ts'
import type { Logger } from '../../telemetry/logger.ts'

/** What became of one address of an import. */
export type ImportOutcome =
  | { readonly kind: 'settled'; readonly failure?: TaskFailure }
  /** It can be done later, in so many milliseconds. */
  | { readonly kind: 'later'; readonly delayMs: number }
  /** No address can be done now. */
  | { readonly kind: 'stop'; readonly error: unknown }

/** How long the import of one address may take, in milliseconds. */
export const importMs = 180_000

interface Attempt {
  /** Stops all work. */
  readonly signal: AbortSignal
  /** Stops the work on this address, after `importMs`. */
  readonly timeLimit: AbortSignal
  readonly logger: Pick<Logger, 'warn'>
  readonly url: string
}

/** The SQLSTATE of a row whose key exists: another process has begun the same image. */
const duplicateKey = '23505'

const tooLate: TaskFailure = {
  code: 'deadline',
  detail: `was not imported within ${importMs / 1000} s`,
}

/** Decides whether an address has failed, or is to be tried again without being counted as failed. */
export function outcomeOf(error: unknown, { signal, timeLimit, logger, url }: Attempt): ImportOutcome {
  if (signal.aborted) return { kind: 'stop', error: signal.reason }
  if (!(error instanceof DarkroomError)) {
    if (errorCodeOf(error) === duplicateKey) return { kind: 'later', delayMs: 0 }
    if (timeLimit.aborted) return { kind: 'settled', failure: tooLate }
    logger.warn({ err: error, host: hostOf(url), reason: messageOf(error) }, 'failed to import an image')
    return { kind: 'settled', failure: { code: 'internal', detail: 'internal error' } }
  }
  const { code, message: detail, isOutage, retryAfterMs = 0 } = error
  if (isOutage || code === 'overloaded') return { kind: 'stop', error }
  // another process has begun or ended the same image
  if (code === 'too-many-requests' || code === 'conflict') return { kind: 'later', delayMs: retryAfterMs }
  return { kind: 'settled', failure: { code, detail } }
}

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : '')

import { DarkroomError, type ErrorCode } from '../errors/catalogue.ts'
import { jobRetryDelayMs } from '../queue/retry-delay.ts'

/** Why an attempt failed, in words for whoever owns the job. */
export interface AttemptFailure {
  readonly code: ErrorCode
  readonly detail: string
  /** Whether another attempt would fail in the same way. */
  readonly permanent: boolean
  /** When another attempt makes sense at the earliest, in milliseconds. */
  readonly retryAfterMs: number
}

/**
 * How long a failure answers for what the job should have made, in milliseconds: what lies in the work itself for
 * long, what lies in what the work needs only for a moment.
 */
export function failureTtlMs({ permanent, code }: AttemptFailure): number {
  if (permanent) return 600_000
  return code === 'unavailable' ? 5_000 : 60_000
}

/** What was thrown as a failure: what is not known to be the job's fault is ours, says nothing, and may pass. */
export function toAttemptFailure(error: unknown): AttemptFailure {
  if (!(error instanceof DarkroomError)) {
    return { code: 'internal', detail: 'this is a fault of the service', permanent: false, retryAfterMs: 0 }
  }
  const { code, message: detail, status, retryAfterMs = 0 } = error
  return { code, detail, permanent: status < 500 && status !== 429 && status !== 408, retryAfterMs }
}

/** The delay before the next attempt, in milliseconds: at least as long as the failure asks for. */
export function retryDelayMs(attempt: number, { retryAfterMs }: AttemptFailure): number {
  return Math.max(retryAfterMs, jobRetryDelayMs(attempt))
}

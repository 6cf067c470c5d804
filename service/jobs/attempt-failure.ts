import { DarkroomError, type ErrorCode } from '../errors/catalogue.ts'
import { jobRetryDelayMs } from '../queue/retry-delay.ts'

/** Why an attempt failed, in words for the owner of the job. */
export interface AttemptFailure {
  readonly code: ErrorCode
  readonly detail: string
  /** Whether another attempt would fail in the same way. */
  readonly permanent: boolean
  /** The shortest useful delay before another attempt, in milliseconds. */
  readonly retryAfterMs: number
}

/**
 * How long requests for the result of a failed job are answered with its failure, in milliseconds. Afterwards such a
 * request may enqueue the job again. It is longest for a permanent failure, and shortest for an unavailable dependency.
 */
export function failureTtlMs({ permanent, code }: AttemptFailure): number {
  if (permanent) return 600_000
  return code === 'unavailable' ? 5_000 : 60_000
}

/** Turns an error into a failure. The owner never sees the message of an error that is no `DarkroomError`. */
export function toAttemptFailure(error: unknown): AttemptFailure {
  if (!(error instanceof DarkroomError))
    return { code: 'internal', detail: 'internal error', permanent: false, retryAfterMs: 0 }
  const { code, message: detail, status, retryAfterMs = 0 } = error
  return { code, detail, permanent: status < 500 && status !== 429 && status !== 408, retryAfterMs }
}

/** The delay before the next attempt, in milliseconds: at least as long as the failure asks for. */
export function retryDelayMs(attempt: number, { retryAfterMs }: AttemptFailure): number {
  return Math.max(retryAfterMs, jobRetryDelayMs(attempt))
}

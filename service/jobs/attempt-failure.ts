import { type Backoff, backoffMs } from '../concurrency/backoff.ts'
import { DarkroomError, type ErrorCode } from '../errors/catalogue.ts'
import { jobRetryDelayMs } from '../queue/retry-delay.ts'

/** Why an attempt failed, in words for the owner of the job. */
export interface AttemptFailure {
  readonly code: ErrorCode
  readonly detail: string
  /** Whether another attempt would fail in the same way. */
  readonly permanent: boolean
  /** Whether a dependency is away, so that the attempt does not count. */
  readonly isOutage: boolean
  /** The shortest useful delay before another attempt, in milliseconds. */
  readonly retryAfterMs: number
}

/** How often a job that failed in this way is attempted. */
export function attemptsFor(
  { code, permanent }: AttemptFailure,
  { maxAttempts, slowAttempts }: { readonly maxAttempts: number; readonly slowAttempts: number },
): number {
  if (permanent) return 1
  return code === 'deadline' ? slowAttempts : maxAttempts
}

/**
 * How long requests for the result of a failed job are answered with its failure, in milliseconds. Afterwards such a
 * request may enqueue the job again. It is longest for a permanent failure and for work that takes too long, and shortest
 * for an unavailable dependency.
 */
export function failureTtlMs({ permanent, code }: AttemptFailure): number {
  if (permanent || code === 'deadline') return 600_000
  return code === 'unavailable' ? 5_000 : 60_000
}

/** How often a job looks whether its dependency is back. */
const outageBackoff: Backoff = { firstMs: 500, maxMs: 60_000 }

/** Turns an error into a failure. The owner never sees the message of an error that is no `DarkroomError`. */
export function toAttemptFailure(error: unknown): AttemptFailure {
  if (!(error instanceof DarkroomError))
    return { code: 'internal', detail: 'internal error', permanent: false, isOutage: false, retryAfterMs: 0 }
  const { code, message: detail, status, isOutage, retryAfterMs = 0 } = error
  const permanent = status < 500 && status !== 429 && status !== 408
  return { code, detail, permanent, isOutage, retryAfterMs }
}

/** The delay before the next attempt, in milliseconds: at least as long as the failure asks for. */
export function retryDelayMs(attempt: number, { retryAfterMs }: AttemptFailure): number {
  return Math.max(retryAfterMs, jobRetryDelayMs(attempt))
}

/** The delay before a job that has waited `waits` times (from 1) for a dependency is tried again, in milliseconds. */
export function outageDelayMs(waits: number, { retryAfterMs }: AttemptFailure): number {
  return Math.max(retryAfterMs, backoffMs(waits, outageBackoff))
}

import { type Backoff, backoffMs } from '../concurrency/backoff.ts'

const backoff: Backoff = { firstMs: 500, maxMs: 30_000 }

/** The delay before a job is attempted again, after so many attempts (from 1), in milliseconds. */
export function jobRetryDelayMs(attempt: number): number {
  return backoffMs(attempt, backoff)
}

/** An exponential backoff, in milliseconds. */
export interface Backoff {
  /** The delay after the first attempt. */
  readonly firstMs: number
  /** The longest delay. */
  readonly maxMs: number
  /** The factor by which the delay grows with every attempt; 2 by default. */
  readonly factor?: number
}

/**
 * The delay after a failed attempt, counted from 1, in milliseconds: `firstMs × factor^(attempt - 1)`, at most `maxMs`.
 */
export function backoffMs(attempt: number, { firstMs, maxMs, factor = 2 }: Backoff): number {
  return Math.min(firstMs * factor ** (attempt - 1), maxMs)
}

/** A random delay between half of `ms` and `ms`, so that processes that failed together do not retry together. */
export function jittered(ms: number): number {
  return ms * (1 - Math.random() / 2)
}

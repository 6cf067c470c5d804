/** How fast a transfer must proceed. */
export interface ProgressLimits {
  /** The length of a window, in milliseconds. A transfer must not be silent for a whole one. */
  readonly silenceMs: number
  /** The bytes per second that must arrive on average over a window. */
  readonly minRate: number
}

/** A transfer to this process. */
export interface Transfer {
  /** The bytes that have arrived so far. */
  readonly bytes: () => number
  /** Whether this process reads: while it does not, the sender has to wait and is not at fault. */
  readonly isReading: () => boolean
}

/** The longest time between two checks, in milliseconds. */
const longestTickMs = 1_000

/**
 * Watches a transfer, and calls `onStall` once with the reason, as soon as nothing arrives for a whole window or the
 * average rate of a window is below the minimum.
 * @returns a function that ends the watch
 */
export function watchProgress(
  transfer: Transfer,
  limits: ProgressLimits,
  onStall: (reason: string) => void,
): () => void {
  const detector = new StallDetector(limits, performance.now(), transfer.bytes())
  const tickMs = Math.min(longestTickMs, Math.ceil(limits.silenceMs / 10))
  const timer = setInterval(() => {
    const reason = detector.check(performance.now(), transfer.bytes(), transfer.isReading())
    if (reason === undefined) return
    clearInterval(timer)
    onStall(reason)
  }, tickMs).unref()
  return () => clearInterval(timer)
}

/** Decides whether a transfer has stalled. Times are in milliseconds of one clock. */
export class StallDetector {
  readonly #limits: ProgressLimits
  /** When bytes last arrived, and how many there were. */
  #last: { at: number; bytes: number }
  /** Where the current window began. */
  #window: { at: number; bytes: number }

  constructor(limits: ProgressLimits, now: number, bytes: number) {
    this.#limits = limits
    this.#last = { at: now, bytes }
    this.#window = { at: now, bytes }
  }

  /** Why the transfer has stalled; undefined while it proceeds. */
  check(now: number, bytes: number, isReading: boolean): string | undefined {
    const { silenceMs, minRate } = this.#limits
    if (bytes > this.#last.bytes || !isReading) this.#last = { at: now, bytes }
    if (!isReading) this.#window = { at: now, bytes }
    const seconds = silenceMs / 1000
    if (now - this.#last.at >= silenceMs) return `nothing arrived for ${seconds} s`
    const windowMs = now - this.#window.at
    if (windowMs < silenceMs) return undefined
    const rate = ((bytes - this.#window.bytes) * 1000) / windowMs
    if (rate < minRate) return `less than ${minRate} bytes per second arrived for ${seconds} s`
    this.#window = { at: now, bytes }
    return undefined
  }
}

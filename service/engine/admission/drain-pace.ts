/** The weight of all earlier admissions when another one is recorded: about the last twenty count. */
const decay = 0.95
/** Admissions after which the pace is known: a single wait says little about others. */
const samples = 5

/** An amount of work in estimated CPU milliseconds, and the milliseconds that passed until it was admitted. */
export interface Drained {
  readonly costMs: number
  readonly passedMs: number
}

/** Learns how fast the requests of a queue are admitted, while some are waiting. */
export class DrainPace {
  #costMs: number
  #passedMs: number
  #records = 0
  /** When the last request was admitted, or the first one began to wait. */
  #since = performance.now()

  /** @param assumed the pace to begin with, which later admissions outweigh */
  constructor(assumed: Drained = { costMs: 0, passedMs: 0 }) {
    this.#costMs = assumed.costMs
    this.#passedMs = assumed.passedMs
  }

  get isKnown(): boolean {
    return this.#records >= samples
  }

  /** Must be called when the first request joins an empty queue. */
  begin(): void {
    this.#since = performance.now()
  }

  /** Records that a request was admitted. */
  record(costMs: number): void {
    const now = performance.now()
    this.#costMs = decay * this.#costMs + costMs
    this.#passedMs = decay * this.#passedMs + now - this.#since
    this.#since = now
    this.#records++
  }

  /**
   * Estimates the milliseconds until this much work is admitted. The pace slows down while no request is admitted.
   * @param nextMs the estimate of the request that is admitted next; undefined for an empty queue
   */
  forecast(workMs: number, nextMs: number | undefined): number {
    const usual = this.#costMs > 0 ? this.#passedMs / this.#costMs : 0
    if (nextMs === undefined) return workMs * usual
    const waitedMs = performance.now() - this.#since
    return workMs * Math.max(usual, (this.#passedMs + waitedMs) / (this.#costMs + nextMs))
  }
}

/** Counts the estimated bytes of work in progress, so that no more starts than the memory of the machine allows. */
export class MemoryBudget {
  readonly #maxBytes: number
  #taken = 0
  #held = 0

  constructor(maxBytes = Number.POSITIVE_INFINITY) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of all work in progress. */
  get used(): number {
    return this.#taken + this.#held
  }

  /** Whether more work may start. Work that is larger than the whole budget runs alone. */
  fits(bytes: number): boolean {
    return this.#taken === 0 || this.used + bytes <= this.#maxBytes
  }

  take(bytes: number): void {
    this.#taken += bytes
  }

  release(bytes: number): void {
    this.#taken -= bytes
  }

  /** Counts the bytes of work in the background, which has started already. It leaves the others room for one at least. */
  async hold<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    this.#held += bytes
    try {
      return await work()
    } finally {
      this.#held -= bytes
    }
  }
}

/** Counts the work in progress for each key. A key takes memory only while it has work in progress. */
export class KeyedCounter {
  readonly #counts = new Map<string, number>()
  #total = 0

  /** The work in progress for all keys. */
  get total(): number {
    return this.#total
  }

  /** The work in progress for a key. */
  count(key: string): number {
    return this.#counts.get(key) ?? 0
  }

  /** Counts one more for a key. The returned function counts it down again; only its first call has an effect. */
  enter(key: string): () => void {
    this.#counts.set(key, this.count(key) + 1)
    this.#total++
    let isInside = true
    return () => {
      if (isInside) this.#leave(key)
      isInside = false
    }
  }

  /** Counts the work for a key while it runs. */
  async track<T>(key: string, work: () => Promise<T>): Promise<T> {
    const leave = this.enter(key)
    try {
      return await work()
    } finally {
      leave()
    }
  }

  #leave(key: string): void {
    const left = this.count(key) - 1
    if (left > 0) this.#counts.set(key, left)
    else this.#counts.delete(key)
    this.#total--
  }
}

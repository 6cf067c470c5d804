/** How much of what is under way, by name. Names exist only while something is. */
export class Crowd {
  readonly #sizes = new Map<string, number>()

  size(name: string): number {
    return this.#sizes.get(name) ?? 0
  }

  /** Counts the work while it lasts. */
  async with<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#sizes.set(name, this.size(name) + 1)
    try {
      return await work()
    } finally {
      const left = this.size(name) - 1
      if (left > 0) this.#sizes.set(name, left)
      else this.#sizes.delete(name)
    }
  }
}

/** Values that are asked for at every request: known for a moment, then looked up again. */
export interface CachedLookup<T> {
  get(key: string): Promise<T | undefined>
  /** The next question is answered anew. */
  invalidate(key: string): void
}

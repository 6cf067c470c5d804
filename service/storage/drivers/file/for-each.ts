/** How many files are worked on at once. Flushes at the same time share a disk's writes. */
const concurrency = 8

/** Works on a few files or folders at a time. @throws the first failure, or the signal's reason */
export async function forEach<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  const waiting = items.values()
  const worker = async () => {
    for (const item of waiting) {
      signal?.throwIfAborted()
      await work(item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker))
}

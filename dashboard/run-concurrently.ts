/** Concurrent requests. Browsers allow six connections per host; two stay free. */
const maxConcurrent = 4

/**
 * Runs an async action for all items with limited concurrency. An error does not stop the rest. Returns the first
 * error, if any.
 */
export async function runConcurrently<T>(
  items: readonly T[],
  act: (item: T) => Promise<void>,
): Promise<unknown> {
  const rest = items[Symbol.iterator]()
  let failure: unknown
  const worker = async () => {
    for (const item of rest) {
      await act(item).catch(error => {
        failure ??= error
      })
    }
  }
  await Promise.all(Array.from({ length: maxConcurrent }, worker))
  return failure
}

/** Requests that are under way at once: what a browser has connections for, with some left. */
const maxConcurrent = 4

/** Does the same with all, some at a time; what fails does not keep the rest from being done. Returns a failure, if any. */
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

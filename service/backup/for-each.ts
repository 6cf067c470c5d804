/** How many items are worked on at once. */
const concurrency = 8
const batchSize = 256

/**
 * Works on items, some at once. The first failure ends it.
 * @param onBatch is called with the number of items that are done, all of those before included
 */
export async function forEach<T>(
  items: AsyncIterable<T>,
  work: (item: T) => Promise<void>,
  onBatch: (done: number) => Promise<void> = async () => {},
): Promise<void> {
  let done = 0
  let batch: T[] = []
  const finish = async () => {
    const waiting = batch.values()
    const run = async () => {
      for (const item of waiting) await work(item)
    }
    await Promise.all(Array.from({ length: concurrency }, run))
    done += batch.length
    batch = []
    await onBatch(done)
  }
  for await (const item of items) {
    batch.push(item)
    if (batch.length === batchSize) await finish()
  }
  if (batch.length > 0) await finish()
}

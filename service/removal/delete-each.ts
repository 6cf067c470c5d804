import { DarkroomError } from '../errors/catalogue.ts'
import type { ObjectStore } from '../storage/store.ts'

/** An object that could not be deleted. */
export interface FailedObject {
  readonly key: string
  readonly error: DarkroomError
}

/** How many objects are deleted at the same time. */
const concurrency = 8

/**
 * Deletes objects and returns those that failed, which stop none of the others.
 * @throws the error of an outage, or the signal's reason
 */
export async function deleteEach(
  store: Pick<ObjectStore, 'delete'>,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<FailedObject[]> {
  if (keys.length === 0 || (await failureOf(store, keys, signal)) === undefined) return []
  const failed: FailedObject[] = []
  for (let from = 0; from < keys.length; from += concurrency) {
    signal.throwIfAborted()
    const deletions = keys.slice(from, from + concurrency).map(async key => {
      const error = await failureOf(store, [key], signal)
      if (error) failed.push({ key, error })
    })
    await Promise.all(deletions)
  }
  return failed
}

async function failureOf(
  store: Pick<ObjectStore, 'delete'>,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<DarkroomError | undefined> {
  try {
    await store.delete(keys, signal)
    return undefined
  } catch (error) {
    if (error instanceof DarkroomError && !error.isOutage) return error
    throw error
  }
}

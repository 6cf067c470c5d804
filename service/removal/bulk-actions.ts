import { DarkroomError, type ErrorCode } from '../errors/catalogue.ts'
import type { ImageTagRepository } from '../metadata/image-tags.ts'
import type { ImageDeleter } from './image-deleter.ts'

/** The action for each of the images. */
export type BulkRequest =
  | { readonly action: 'delete' | 'restore' }
  | { readonly action: 'tag' | 'untag'; readonly tags: readonly string[] }

/** The result for one image; without a code the action succeeded. */
export interface BulkResult {
  readonly id: string
  readonly code?: ErrorCode
  readonly detail?: string
}

export interface BulkActionsParts {
  readonly imageDeleter: Pick<ImageDeleter, 'softDelete' | 'restore'>
  readonly tags: ImageTagRepository
  /** The most tags of an image. */
  readonly maxTags: number
}

/** The most images that are deleted at once: each takes several calls of the store and the database. */
const concurrency = 4

/**
 * Applies an action to many images of a user and returns the result of each. An image of another user has the same
 * result as a missing one. Stops between images when the signal aborts.
 * @throws the signal's reason
 */
export type ApplyBulkAction = (
  userId: string,
  ids: readonly string[],
  request: BulkRequest,
  signal: AbortSignal,
) => Promise<BulkResult[]>

export function createBulkActions({ imageDeleter, tags, maxTags }: BulkActionsParts): ApplyBulkAction {
  const unknown = { code: 'not-found', detail: 'there is no such image' } as const
  const full = { code: 'conflict', detail: `tags: are too many, expected at most ${maxTags}` } as const
  return async (userId, requestedIds, request, signal) => {
    const ids = [...new Set(requestedIds)]
    if (!('tags' in request)) {
      const apply = request.action === 'delete' ? imageDeleter.softDelete : imageDeleter.restore
      return inBatches(ids, signal, id => attempt(id, apply(userId, id)))
    }
    const results =
      request.action === 'tag'
        ? await tags.add(userId, ids, request.tags, maxTags)
        : await tags.remove(userId, ids, request.tags)
    const changed = new Map(results.map(result => [result.id, result.changed]))
    return ids.map(id => ({ id, ...(changed.has(id) ? !changed.get(id) && full : unknown) }))
  }
}

/** Turns the DarkroomError of one image into its result, so that the other images are still processed. */
async function attempt(id: string, work: Promise<unknown>): Promise<BulkResult> {
  try {
    await work
    return { id }
  } catch (error) {
    if (error instanceof DarkroomError) return { id, code: error.code, detail: error.message }
    throw error
  }
}

/** Processes a few ids at a time; the results are in the order of the ids. @throws the signal's reason */
async function inBatches(
  ids: readonly string[],
  signal: AbortSignal,
  work: (id: string) => Promise<BulkResult>,
): Promise<BulkResult[]> {
  const results: BulkResult[] = []
  for (let from = 0; from < ids.length; from += concurrency) {
    signal.throwIfAborted()
    results.push(...(await Promise.all(ids.slice(from, from + concurrency).map(work))))
  }
  return results
}

import { DarkroomError, type ErrorCode } from '../errors/catalogue.ts'
import type { ImageTagRepository } from '../metadata/image-tags.ts'
import type { ImageDeleter } from './image-deleter.ts'

/** What shall be done with each of the images. */
export type BulkRequest =
  | { readonly action: 'delete' | 'restore' }
  | { readonly action: 'tag' | 'untag'; readonly tags: readonly string[] }

/** What became of one of them; without a code it was done. */
export interface BulkResult {
  readonly id: string
  readonly code?: ErrorCode
  readonly detail?: string
}

export interface BulkActionsParts {
  readonly imageDeleter: Pick<ImageDeleter, 'softDelete' | 'restore'>
  readonly tags: ImageTagRepository
  /** How many tags an image may have. */
  readonly maxTags: number
}

/** How many images are cleared away at once: each is some calls of the store and the database. */
const together = 4

/**
 * Does the same with many images of a user, and says of each what became of it: another's is as unknown as none. Ends
 * early with the signal; what was begun is done by then.
 */
export type ApplyBulkAction = (
  userId: string,
  ids: readonly string[],
  order: BulkRequest,
  signal: AbortSignal,
) => Promise<BulkResult[]>

export function createBulkActions({ imageDeleter, tags, maxTags }: BulkActionsParts): ApplyBulkAction {
  const unknown = { code: 'not-found', detail: 'there is no such image' } as const
  const full = { code: 'conflict', detail: `tags: an image may have at most ${maxTags}` } as const
  return async (userId, asked, order, signal) => {
    const ids = [...new Set(asked)]
    if (!('tags' in order)) {
      const act = order.action === 'delete' ? imageDeleter.softDelete : imageDeleter.restore
      return inTurns(ids, signal, id => attempt(id, act(userId, id)))
    }
    const found =
      order.action === 'tag'
        ? await tags.add(userId, ids, order.tags, maxTags)
        : await tags.remove(userId, ids, order.tags)
    const changed = new Map(found.map(one => [one.id, one.changed]))
    return ids.map(id => ({ id, ...(changed.has(id) ? !changed.get(id) && full : unknown) }))
  }
}

/** Whatever the service throws on purpose of one image is no reason to stop. */
async function attempt(id: string, work: Promise<unknown>): Promise<BulkResult> {
  try {
    await work
    return { id }
  } catch (error) {
    if (error instanceof DarkroomError) return { id, code: error.code, detail: error.message }
    throw error
  }
}

/** A few at a time; the results have the order of the ids. @throws the signal's reason */
async function inTurns(
  ids: readonly string[],
  signal: AbortSignal,
  work: (id: string) => Promise<BulkResult>,
): Promise<BulkResult[]> {
  const results: BulkResult[] = []
  for (let from = 0; from < ids.length; from += together) {
    signal.throwIfAborted()
    results.push(...(await Promise.all(ids.slice(from, from + together).map(work))))
  }
  return results
}

import { api, type ImageQuery } from '../../api.ts'
import type { BulkAction, BulkResult } from '../../api-types.ts'
import { errorMessage, Problem } from '../../calls.ts'
import { showError } from '../../components/toast.tsx'
import { countText } from '../../format.ts'
import { isInterrupted, persist } from '../../interruption.ts'
import { runConcurrently } from '../../run-concurrently.ts'

/** Images per request: below the API's limit, so that each response arrives before the timeout. */
const batchSize = 50
/** Images per page of a query: the API's limit. */
const pageSize = 200
/** How many ids an outcome holds, for Undo. More would take too much memory. */
const maxKeptIds = 10_000

/** Which images an action is for: those with some ids, or all of a query. */
export type BulkTarget =
  | { readonly ids: readonly string[] }
  | { readonly query: ImageQuery; readonly total?: number }

export type BulkOptions = {
  readonly tags?: readonly string[]
  readonly signal?: AbortSignal
  /** Called with the number of images that were processed so far. */
  readonly onProgress?: (processed: number) => void
}

/** The result of a bulk action. */
export interface BulkOutcome {
  /** The first images that were changed. */
  readonly ids: ReadonlySet<string>
  /** How many were changed, and how many were not. */
  readonly done: number
  readonly skipped: number
  /** The reason of the first image that was not changed, if any. */
  readonly failure: string | undefined
}

/**
 * Applies an action to many images, in batches. While the service is away or the session has ended, it waits. Ends early
 * when the signal aborts.
 * @throws Problem when a whole request is rejected
 */
export async function runBulkAction(
  target: BulkTarget,
  action: BulkAction | 'remove',
  { tags, signal, onProgress }: BulkOptions = {},
): Promise<BulkOutcome> {
  const ids = new Set<string>()
  let [done, skipped] = [0, 0]
  let failure: string | undefined
  for await (const batch of batchesOf(target, signal)) {
    if (signal?.aborted) break
    const items = await persist(
      () => (action === 'remove' ? removeAll(batch) : bulk(batch, action, tags)),
      signal,
    )
    for (const item of items ?? []) {
      // a repeated request finds no image that it has deleted before
      if (item.done || (action === 'delete' && item.code === 'not-found')) {
        done++
        if (ids.size < maxKeptIds) ids.add(item.id)
      } else {
        skipped++
        failure ??= item.detail ?? 'the action failed'
      }
    }
    onProgress?.(done + skipped)
  }
  return { ids, done, skipped, failure }
}

/** The ids of the target, a batch at a time, so that 500,000 images are never in memory together. */
async function* batchesOf(target: BulkTarget, signal?: AbortSignal): AsyncGenerator<readonly string[]> {
  if ('ids' in target) return yield* slicesOf(target.ids)
  let cursor: string | undefined
  do {
    const position = cursor === undefined ? {} : { cursor }
    const page = await persist(() => api.images({ ...target.query, ...position, limit: pageSize }), signal)
    yield* slicesOf(page?.items.map(({ id }) => id) ?? [])
    // a cursor is a position in the order, so it stays right when images before it are deleted
    cursor = page?.nextCursor ?? undefined
  } while (cursor !== undefined)
}

function* slicesOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < ids.length; from += batchSize) yield ids.slice(from, from + batchSize)
}

const bulk = async (ids: readonly string[], action: BulkAction, tags?: readonly string[]) =>
  (await api.bulk(ids, action, tags)).items

/** Deletes images permanently, for which there is no bulk action. */
async function removeAll(ids: readonly string[]): Promise<BulkResult[]> {
  const results: BulkResult[] = []
  await runConcurrently(ids, async id => {
    try {
      await api.removeImage(id)
      results.push({ id, done: true })
    } catch (error) {
      if (isInterrupted(error)) throw error
      // a repeated batch has images that were deleted before
      const isGone = error instanceof Problem && error.status === 404
      results.push(isGone ? { id, done: true } : { id, done: false, detail: errorMessage(error) })
    }
  }).then(interruption => {
    if (interruption !== undefined) throw interruption
  })
  return results
}

/** Shows an error toast with the number of images that were not changed, if any. */
export function showSkipped({ skipped, failure }: BulkOutcome): void {
  if (failure !== undefined) showError(new Error(`${countText(skipped, 'image')} not changed: ${failure}`))
}

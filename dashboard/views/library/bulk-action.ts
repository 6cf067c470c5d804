import { api } from '../../api.ts'
import type { BulkAction } from '../../api-types.ts'
import { showError } from '../../components/toast.tsx'
import { countText } from '../../format.ts'

/** Images per request: below the API's limit, so that each response arrives before the timeout. */
const batchSize = 50

/** The result of a bulk action. */
export interface BulkOutcome {
  readonly done: ReadonlySet<string>
  /** The reason of the first image that failed, if any. */
  readonly failure: string | undefined
}

/** Applies an action to many images, in batches. @throws Problem when a whole request is rejected */
export async function runBulkAction(
  ids: readonly string[],
  action: BulkAction,
  tags?: readonly string[],
): Promise<BulkOutcome> {
  const done = new Set<string>()
  let failure: string | undefined
  for (let from = 0; from < ids.length; from += batchSize) {
    const { items } = await api.bulk(ids.slice(from, from + batchSize), action, tags)
    for (const item of items) {
      if (item.done) done.add(item.id)
      else failure ??= item.detail ?? 'the action failed'
    }
  }
  return { done, failure }
}

/** Shows an error toast with the number of images that were not changed, if any. */
export function showSkipped({ done, failure }: BulkOutcome, requested: number): void {
  if (failure === undefined) return
  showError(new Error(`${countText(requested - done.size, 'image')} not changed: ${failure}`))
}

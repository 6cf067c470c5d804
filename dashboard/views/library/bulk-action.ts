import { api } from '../../api.ts'
import type { BulkAction } from '../../api-types.ts'
import { showError } from '../../components/toast.tsx'
import { countText } from '../../format.ts'

/** As many go into one request: fewer than it may name, so that its answer is there in time. */
const batchSize = 50

/** What became of many. */
export interface BulkOutcome {
  readonly done: ReadonlySet<string>
  /** Why something was not done, if so; one reason of maybe several. */
  readonly failure: string | undefined
}

/** Does the same with many pictures. @throws Problem when the service refuses it altogether */
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
      else failure ??= item.detail ?? 'it could not be done'
    }
  }
  return { done, failure }
}

/** Says what was not done with all of them, if anything. */
export function showSkipped({ done, failure }: BulkOutcome, requested: number): void {
  if (failure === undefined) return
  showError(new Error(`${countText(requested - done.size, 'image')} left as before: ${failure}`))
}

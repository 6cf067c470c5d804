import { api } from '../../api.ts'
import type { BulkAction } from '../../api-types.ts'
import { tellFailure } from '../../components/toast.tsx'
import { countText } from '../../format.ts'

/** As many go into one request: fewer than it may name, so that its answer is there in time. */
const atOnce = 50

/** What became of many. */
export interface Outcome {
  readonly done: ReadonlySet<string>
  /** Why something was not done, if so; one reason of maybe several. */
  readonly failure: string | undefined
}

/** Does the same with many pictures. @throws Problem when the service refuses it altogether */
export async function inBulk(
  ids: readonly string[],
  action: BulkAction,
  tags?: readonly string[],
): Promise<Outcome> {
  const done = new Set<string>()
  let failure: string | undefined
  for (let from = 0; from < ids.length; from += atOnce) {
    const { items } = await api.bulk(ids.slice(from, from + atOnce), action, tags)
    for (const item of items) {
      if (item.done) done.add(item.id)
      else failure ??= item.detail ?? 'it could not be done'
    }
  }
  return { done, failure }
}

/** Says what was not done with all of them, if anything. */
export function tellLeft({ done, failure }: Outcome, asked: number): void {
  if (failure === undefined) return
  tellFailure(new Error(`${countText(asked - done.size, 'image')} left as before: ${failure}`))
}

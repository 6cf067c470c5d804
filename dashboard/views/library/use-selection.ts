import { useState } from 'preact/hooks'
import type { ImageQuery } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { countText, numberText } from '../../format.ts'
import type { BulkTarget } from './bulk-action.ts'
import type { ImageList } from './use-images.ts'
import { type MatchCount, useMatchCount } from './use-match-count.ts'

interface State {
  /** The query for which images were selected: another one begins with an empty selection. */
  readonly key: string
  readonly ids: ReadonlySet<string>
  readonly everything: boolean
}

export interface Selected {
  /** The ids of the selected images that are loaded. */
  readonly ids: ReadonlySet<string>
  readonly images: readonly Image[]
  /** Whether all images of the query are selected, also those that are not loaded. */
  readonly everything: boolean
  /** How many images the query has, once it is known. Only when everything is selected. */
  readonly count: MatchCount | undefined
  readonly select: (ids: ReadonlySet<string>) => void
  /** Selects the loaded images. */
  readonly selectShown: () => void
  readonly selectEverything: () => void
  readonly clear: () => void
  readonly target: BulkTarget
}

const noIds: ReadonlySet<string> = new Set()

/** The selected images of a list. */
export function useSelection(list: ImageList, query: ImageQuery): Selected {
  const key = JSON.stringify(query)
  const [state, setState] = useState<State>({ key, ids: noIds, everything: false })
  const { ids: chosen, everything } = state.key === key ? state : { ids: noIds, everything: false }
  const images = everything ? list.images : list.images.filter(({ id }) => chosen.has(id))
  const count = useMatchCount(everything ? query : undefined)
  const ids = new Set(images.map(({ id }) => id))
  return {
    ids,
    images,
    everything,
    count,
    select: next => setState({ key, ids: next, everything: false }),
    selectShown: () => setState({ key, ids: new Set(list.images.map(({ id }) => id)), everything: false }),
    selectEverything: () => setState({ key, ids: noIds, everything: true }),
    clear: () => setState({ key, ids: noIds, everything: false }),
    target: everything
      ? { query, ...(count && !count.isMore && { total: count.images }) }
      : { ids: [...ids] },
  }
}

/** `1 image`, `all 1,234 matching images`; `all matching images, more than 2,000` when there are too many to count. */
export function describeSelected({ everything, images, count }: Selected): string {
  if (!everything) return countText(images.length, 'image')
  if (count === undefined) return 'all matching images'
  if (count.isMore) return `all matching images, more than ${numberText(count.images)}`
  return `all ${numberText(count.images)} matching images`
}

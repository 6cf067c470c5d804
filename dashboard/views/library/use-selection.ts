import { useState } from 'preact/hooks'
import type { ImageQuery } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { countText } from '../../format.ts'
import type { BulkTarget } from './bulk-action.ts'
import type { ImageList } from './use-images.ts'

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
  const ids = new Set(images.map(({ id }) => id))
  return {
    ids,
    images,
    everything,
    select: next => setState({ key, ids: next, everything: false }),
    selectShown: () => setState({ key, ids: new Set(list.images.map(({ id }) => id)), everything: false }),
    selectEverything: () => setState({ key, ids: noIds, everything: true }),
    clear: () => setState({ key, ids: noIds, everything: false }),
    target: everything ? { query } : { ids: [...ids] },
  }
}

/** `1 image`, `30 images`, `all matching images`. */
export function describeSelected({ everything, images }: Selected): string {
  return everything ? 'all matching images' : countText(images.length, 'image')
}

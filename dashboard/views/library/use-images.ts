import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { api, type ImageQuery } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { findKeptList, keepList } from './place.ts'

/** With two thumbnail URLs per image, one for each pixel density, a page fills one signing batch. */
const pageSize = 50

export interface ImageListState {
  readonly images: readonly Image[]
  readonly loading: boolean
  readonly error: unknown
  /** Whether there are further pages. */
  readonly more: boolean
}

const initialState: ImageListState = { images: [], loading: true, error: undefined, more: false }

export interface ImageList extends ImageListState {
  readonly loadMore: () => void
  readonly reload: () => void
  /** Changes the shown images without a request. */
  readonly edit: (change: (images: readonly Image[]) => readonly Image[]) => void
}

/**
 * Loads the pages of the image list. A changed query starts over. The list is kept while the page of an image is open,
 * so that users come back to the same place.
 */
export function useImages(query: ImageQuery): ImageList {
  const key = JSON.stringify(query)
  const [state, setState] = useState<ImageListState>(() => findKeptList(key)?.state ?? initialState)
  const latest = useRef(state)
  latest.current = state
  const [round, setRound] = useState(0)
  const cursor = useRef<string | undefined>(undefined)
  const controller = useRef(new AbortController())

  const load = useCallback(async () => {
    const { signal } = controller.current
    setState(now => ({ ...now, loading: true, error: undefined }))
    try {
      const filters: ImageQuery = JSON.parse(key)
      const position = cursor.current ? { cursor: cursor.current } : {}
      const page = await api.images({ ...filters, ...position, limit: pageSize }, signal)
      if (signal.aborted) return
      cursor.current = page.nextCursor ?? undefined
      const more = page.nextCursor !== null
      setState(now => ({
        images: appendPage(now.images, page.items),
        loading: false,
        error: undefined,
        more,
      }))
    } catch (error) {
      if (!signal.aborted) setState(now => ({ ...now, loading: false, error }))
    }
  }, [key])

  useEffect(() => {
    controller.current = new AbortController()
    const kept = findKeptList(key)
    cursor.current = kept?.cursor
    setState(kept?.state ?? initialState)
    if (kept === undefined) load()
    return () => {
      controller.current.abort()
      keepList({ key, state: latest.current, cursor: cursor.current })
    }
  }, [load, round])

  const edit = useCallback((change: (images: readonly Image[]) => readonly Image[]) => {
    setState(now => ({ ...now, images: change(now.images) }))
  }, [])
  const reload = useCallback(() => setRound(now => now + 1), [])
  return { ...state, loadMore: load, reload, edit }
}

/** Appends a page, without images that were meanwhile added at the front. */
function appendPage(images: readonly Image[], next: readonly Image[]): readonly Image[] {
  const known = new Set(images.map(({ id }) => id))
  return [...images, ...next.filter(({ id }) => !known.has(id))]
}

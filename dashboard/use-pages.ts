import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Page } from './api-types.ts'

interface PageState<T> {
  readonly items: readonly T[]
  readonly loading: boolean
  readonly error: unknown
  /** Whether there are further pages. */
  readonly more: boolean
}

export interface Pages<T> extends PageState<T> {
  readonly loadMore: () => void
  /** Reloads as many items as are shown. The old ones stay until the response arrives. */
  readonly reload: () => void
}

/**
 * Loads the pages of a list one after another. Ignores results of outdated requests.
 * @param load is captured on the first render; later values are ignored
 */
export function usePages<T>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
): Pages<T> {
  const [state, setState] = useState<PageState<T>>({
    items: [],
    loading: true,
    error: undefined,
    more: false,
  })
  const [round, setRound] = useState(0)
  const cursor = useRef<string | undefined>(undefined)
  const items = useRef<readonly T[]>([])
  const controller = useRef(new AbortController())

  const extend = useCallback(async (from: readonly T[], count: number) => {
    const { signal } = controller.current
    setState(now => ({ ...now, loading: true, error: undefined }))
    try {
      let all = from
      do {
        const page = await load(cursor.current, signal)
        if (signal.aborted) return
        cursor.current = page.nextCursor ?? undefined
        all = [...all, ...page.items]
      } while (cursor.current !== undefined && all.length < count)
      items.current = all
      setState({ items: all, loading: false, error: undefined, more: cursor.current !== undefined })
    } catch (error) {
      if (!signal.aborted) setState(now => ({ ...now, loading: false, error }))
    }
  }, [])

  useEffect(() => {
    controller.current = new AbortController()
    cursor.current = undefined
    extend([], items.current.length)
    return () => controller.current.abort()
  }, [extend, round])

  const loadMore = useCallback(() => {
    extend(cursor.current === undefined ? [] : items.current, items.current.length + 1)
  }, [extend])
  const reload = useCallback(() => setRound(now => now + 1), [])
  return { ...state, loadMore, reload }
}

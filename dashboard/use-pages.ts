import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Page } from './api-types.ts'

interface Found<T> {
  readonly items: readonly T[]
  readonly loading: boolean
  readonly error: unknown
  /** Whether there are more to come. */
  readonly more: boolean
}

export interface Pages<T> extends Found<T> {
  readonly loadMore: () => void
  /** Asks for as many as are shown once more; they stay until the answer is there. */
  readonly reload: () => void
}

/**
 * The pages of a list, one after the other; what comes too late is dropped.
 * @param load the same from first to last: what it was called with first is what it is called with
 */
export function usePages<T>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
): Pages<T> {
  const [found, setFound] = useState<Found<T>>({ items: [], loading: true, error: undefined, more: false })
  const [round, setRound] = useState(0)
  const cursor = useRef<string | undefined>(undefined)
  const items = useRef<readonly T[]>([])
  const controller = useRef(new AbortController())

  const extend = useCallback(async (from: readonly T[], count: number) => {
    const { signal } = controller.current
    setFound(now => ({ ...now, loading: true, error: undefined }))
    try {
      let all = from
      do {
        const page = await load(cursor.current, signal)
        if (signal.aborted) return
        cursor.current = page.nextCursor ?? undefined
        all = [...all, ...page.items]
      } while (cursor.current !== undefined && all.length < count)
      items.current = all
      setFound({ items: all, loading: false, error: undefined, more: cursor.current !== undefined })
    } catch (error) {
      if (!signal.aborted) setFound(now => ({ ...now, loading: false, error }))
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
  return { ...found, loadMore, reload }
}

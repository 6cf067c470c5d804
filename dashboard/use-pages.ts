import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Page } from './api-types.ts'

export interface Pages<T> {
  readonly items: readonly T[]
  readonly loading: boolean
  readonly error: unknown
  /** Whether there are more to come. */
  readonly more: boolean
  readonly loadMore: () => void
  readonly reload: () => void
}

type Found<T> = Omit<Pages<T>, 'loadMore' | 'reload'>

/** The pages of a list, one after the other; what comes too late is dropped. */
export function usePages<T>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
  dependencies: readonly unknown[] = [],
): Pages<T> {
  const [found, setFound] = useState<Found<T>>({ items: [], loading: true, error: undefined, more: false })
  const [round, setRound] = useState(0)
  const cursor = useRef<string | undefined>(undefined)
  const left = useRef(new AbortController())

  const loadMore = useCallback(async () => {
    const { signal } = left.current
    const first = cursor.current === undefined
    setFound(now => ({ ...now, loading: true, error: undefined }))
    try {
      const { items, nextCursor } = await load(cursor.current, signal)
      if (signal.aborted) return
      cursor.current = nextCursor ?? undefined
      const more = nextCursor !== null
      setFound(now => ({
        items: first ? items : [...now.items, ...items],
        loading: false,
        error: undefined,
        more,
      }))
    } catch (error) {
      if (!signal.aborted) setFound(now => ({ ...now, loading: false, error }))
    }
  }, dependencies)

  useEffect(() => {
    left.current = new AbortController()
    cursor.current = undefined
    loadMore()
    return () => left.current.abort()
  }, [loadMore, round])

  const reload = useCallback(() => setRound(now => now + 1), [])
  return { ...found, loadMore, reload }
}

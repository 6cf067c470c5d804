import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { api, type ImageQuery } from '../../api.ts'
import type { Image } from '../../api-types.ts'

/** Twice as many URLs, one a density, are one batch of signing. */
const pageSize = 50

export interface Listed {
  readonly images: readonly Image[]
  readonly loading: boolean
  readonly error: unknown
  /** Whether there are more to come. */
  readonly more: boolean
}

const nothing: Listed = { images: [], loading: true, error: undefined, more: false }

export interface ImageList extends Listed {
  readonly loadMore: () => void
  readonly reload: () => void
  /** Changes what is shown without asking again. */
  readonly edit: (change: (images: readonly Image[]) => readonly Image[]) => void
}

/** The pages of a list, one after the other; another query begins anew. */
export function useImages({ q = '', tag = '', format = '', sort = '', deleted = '' }: ImageQuery): ImageList {
  const [listed, setListed] = useState<Listed>(nothing)
  const [round, setRound] = useState(0)
  const cursor = useRef<string | undefined>(undefined)
  const controller = useRef(new AbortController())

  const load = useCallback(async () => {
    const { signal } = controller.current
    setListed(now => ({ ...now, loading: true, error: undefined }))
    try {
      const query = {
        q,
        tag,
        format,
        sort,
        deleted,
        limit: pageSize,
        ...(cursor.current ? { cursor: cursor.current } : {}),
      }
      const page = await api.images(query, signal)
      if (signal.aborted) return
      cursor.current = page.nextCursor ?? undefined
      const more = page.nextCursor !== null
      setListed(now => ({ images: joined(now.images, page.items), loading: false, error: undefined, more }))
    } catch (error) {
      if (!signal.aborted) setListed(now => ({ ...now, loading: false, error }))
    }
  }, [q, tag, format, sort, deleted])

  useEffect(() => {
    controller.current = new AbortController()
    cursor.current = undefined
    setListed(nothing)
    load()
    return () => controller.current.abort()
  }, [load, round])

  const edit = useCallback((change: (images: readonly Image[]) => readonly Image[]) => {
    setListed(now => ({ ...now, images: change(now.images) }))
  }, [])
  const reload = useCallback(() => setRound(now => now + 1), [])
  return { ...listed, loadMore: load, reload, edit }
}

/** What was put in front in the meantime does not come twice. */
function joined(images: readonly Image[], next: readonly Image[]): readonly Image[] {
  const known = new Set(images.map(({ id }) => id))
  return [...images, ...next.filter(({ id }) => !known.has(id))]
}

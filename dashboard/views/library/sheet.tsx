import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { isAway } from '../../reachability.ts'
import { hasSessionEnded } from '../../session.ts'
import { type Thumbnail, thumbnailsOf } from '../../thumbnails.ts'
import { Frame, type FrameProps } from './frame.tsx'
import { scrollToVisited } from './place.ts'
import type { ImageList } from './use-images.ts'
import type { Selected } from './use-selection.ts'

interface SheetProps {
  readonly list: ImageList
  readonly selected: Selected
  /** Renders the images; the default is a grid of frames. */
  readonly children?: (rows: readonly FrameProps[]) => JSX.Element | null
}

/** The loaded images. Loads more when its end comes near the viewport. */
export function Sheet({ list, selected: { ids: selected, select: onSelect }, children }: SheetProps) {
  const { images, more, loading } = list
  const thumbnails = useThumbnails(images)
  const anchor = useRef<string | undefined>(undefined)
  useLayoutEffect(scrollToVisited, [])
  const end = useNearViewport(more && !loading, list.loadMore)
  const select = (id: string, on: boolean, range: boolean) => {
    const next = new Set(selected)
    for (const one of range ? between(images, anchor.current, id) : [id]) {
      if (on) next.add(one)
      else next.delete(one)
    }
    anchor.current = id
    onSelect(next)
  }
  const rows = images.map(image => ({
    image,
    thumbnail: thumbnails.get(image.id),
    selected: selected.has(image.id),
    onSelect: (on: boolean, range: boolean) => select(image.id, on, range),
  }))
  return (
    <>
      {children ? (
        children(rows)
      ) : (
        <Grid
          rows={rows}
          picking={selected.size > 0}
          frame={props => <Frame key={props.image.id} {...props} />}
        />
      )}
      <div class="sheet-end" ref={end}>
        {more && !loading && <Button onClick={list.loadMore}>Load more</Button>}
      </div>
    </>
  )
}

interface GridProps {
  readonly rows: readonly FrameProps[]
  /** Whether checkboxes are visible because images are selected. */
  readonly picking: boolean
  readonly frame: (props: FrameProps) => JSX.Element
}

/** The grid of images: uncropped, in rows of equal height. */
export function Grid({ rows, picking, frame }: GridProps) {
  return (
    <ul class={`sheet ${picking ? 'picking' : ''}`} aria-label="Images">
      {rows.map(frame)}
    </ul>
  )
}

/** The ids between two images in either direction, both included. */
function between(images: readonly Image[], from: string | undefined, to: string): string[] {
  const ids = images.map(({ id }) => id)
  const [a, b] = [from === undefined ? -1 : ids.indexOf(from), ids.indexOf(to)]
  return a < 0 ? [to] : ids.slice(Math.min(a, b), Math.max(a, b) + 1)
}

/** How often thumbnails that the service could not sign are requested again, and the first pause, in milliseconds. */
const maxRetries = 5
const retryMs = 2_000

/**
 * Loads the thumbnails of images, by image id. The map has no entry for an image whose thumbnail is still being signed,
 * and null for one without a thumbnail. Tries again when the service could not sign, was away or the session had ended.
 */
function useThumbnails(images: readonly Image[]): ReadonlyMap<string, Thumbnail | null> {
  const [thumbnails, setThumbnails] = useState<ReadonlyMap<string, Thumbnail | null>>(new Map())
  const [retries, setRetries] = useState(0)
  const isInterrupted = isAway.value || hasSessionEnded.value
  useEffect(() => {
    let cancelled = false
    let timer: number | undefined
    // only the new ones: a long list has more thumbnails than the cache
    const missing = images.filter(({ id }) => !thumbnails.has(id))
    if (missing.length > 0 && !isInterrupted)
      thumbnailsOf(missing).then(found => {
        if (cancelled) return
        setThumbnails(now => new Map([...now, ...found]))
        if (found.size === missing.length) setRetries(0)
        else if (retries < maxRetries) timer = setTimeout(setRetries, retryMs * 2 ** retries, retries + 1)
      })
    return () => {
      cancelled = true
      clearTimeout(timer)
    }
  }, [images, isInterrupted, retries])
  return thumbnails
}

/** Calls `callback` when the element that gets the returned ref is about to enter the viewport. */
function useNearViewport(active: boolean, callback: () => void) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!active || element.current === null) return
    const observer = new IntersectionObserver(
      entries => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) callback()
      },
      { rootMargin: '800px' },
    )
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [active, callback])
  return element
}

import { useEffect, useRef, useState } from 'preact/hooks'

export interface Reorder {
  /** The place of what is being dragged. */
  readonly dragging: number | undefined
  readonly grab: (place: number, event: PointerEvent) => void
  /** Moves by the arrow keys. */
  readonly press: (place: number, event: KeyboardEvent) => void
}

type Move = (from: number, to: number, dragged: boolean) => void

/**
 * Moves the items of a list, by mouse, finger or keys. Whoever moves an element of the page takes the pointer away from
 * it, so that the window listens instead.
 */
export function useReorder(list: { current: HTMLElement | null }, onMove: Move): Reorder {
  const [dragging, setDragging] = useState<number | undefined>(undefined)
  const latest = useRef(onMove)
  latest.current = onMove
  useEffect(() => {
    if (dragging === undefined) return
    const controller = new AbortController()
    const { signal } = controller
    const follow = ({ clientY }: PointerEvent) => {
      const to = placeAt(list.current, clientY)
      if (to === dragging || to < 0) return
      latest.current(dragging, to, true)
      setDragging(to)
    }
    const end = () => setDragging(undefined)
    addEventListener('pointermove', follow, { signal })
    addEventListener('pointerup', end, { signal })
    addEventListener('pointercancel', end, { signal })
    return () => controller.abort()
  }, [dragging, list])

  return {
    dragging,
    grab(place, event) {
      if (event.button !== 0) return
      event.preventDefault()
      setDragging(place)
    },
    press(place, event) {
      const to = place + (event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0)
      if (to === place) return
      event.preventDefault()
      if (to < 0 || to >= (list.current?.children.length ?? 0)) return
      latest.current(place, to, false)
      // the element has moved, and may have lost the focus on its way
      requestAnimationFrame(() => gripOf(list.current?.children[to])?.focus())
    },
  }
}

const gripOf = (item: Element | undefined) => item?.querySelector<HTMLElement>('.grip')

/** The place of the item that a height is in; the first and the last one reach on. */
function placeAt(list: HTMLElement | null, y: number): number {
  const items = [...(list?.children ?? [])]
  const within = items.findIndex(item => y < item.getBoundingClientRect().bottom)
  return within < 0 ? items.length - 1 : within
}

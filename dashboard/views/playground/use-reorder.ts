import { useEffect, useRef, useState } from 'preact/hooks'

export interface Reorder {
  /** The index of the dragged item. */
  readonly dragging: number | undefined
  readonly grab: (place: number, event: PointerEvent) => void
  /** Moves an item with the arrow keys. */
  readonly press: (place: number, event: KeyboardEvent) => void
}

type Move = (from: number, to: number, dragged: boolean) => void

/**
 * Reorders the items of a list by mouse, touch or keyboard. Moving an element in the DOM releases its pointer capture,
 * so the listeners are on the window.
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
      // moving the element in the DOM may have removed its focus
      requestAnimationFrame(() => gripOf(list.current?.children[to])?.focus())
    },
  }
}

const gripOf = (item: Element | undefined) => item?.querySelector<HTMLElement>('.grip')

/** The index of the item at a vertical position, clamped to the list. */
function placeAt(list: HTMLElement | null, y: number): number {
  const items = [...(list?.children ?? [])]
  const within = items.findIndex(item => y < item.getBoundingClientRect().bottom)
  return within < 0 ? items.length - 1 : within
}

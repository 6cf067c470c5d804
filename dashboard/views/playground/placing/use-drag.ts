import { useEffect, useRef } from 'preact/hooks'
import type { Point, Size } from './geometry.ts'

type Begin = (event: PointerEvent) => void

let lastGesture = 0

/**
 * Follows a pressed pointer, mouse or touch, until it is released.
 * @param surface the element that shows the frame, at any scale
 * @returns a function that makes a handler for `pointerdown`; it calls back with the way since then, in pixels of the
 * frame, and with the number of the gesture. With `atOnce`, the press itself calls back, too
 */
export function useDrag(surface: { readonly current: HTMLElement | null }, frame: Size) {
  const drag = useRef<AbortController | undefined>(undefined)
  useEffect(() => () => drag.current?.abort(), [])
  return (onDrag: (by: Point, gesture: number) => void, atOnce = false): Begin =>
    event => {
      const element = event.currentTarget
      if (event.button !== 0 || !(element instanceof HTMLElement)) return
      // no selection of text; the focus must then be moved here
      event.preventDefault()
      element.focus({ preventScroll: true })
      drag.current?.abort()
      drag.current = new AbortController()
      const { signal } = drag.current
      const gesture = ++lastGesture
      const scale = frame.width / (surface.current?.getBoundingClientRect().width || 1)
      const follow = ({ pointerId, clientX, clientY }: PointerEvent) => {
        if (pointerId !== event.pointerId) return
        onDrag({ x: (clientX - event.clientX) * scale, y: (clientY - event.clientY) * scale }, gesture)
      }
      const end = () => drag.current?.abort()
      if (atOnce) onDrag({ x: 0, y: 0 }, gesture)
      addEventListener('pointermove', follow, { signal })
      addEventListener('pointerup', end, { signal })
      addEventListener('pointercancel', end, { signal })
    }
}

const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}

/** A handler of key presses that calls back with the way of an arrow key: one step, or ten with Shift. */
export function onArrow(onMove: (by: Point, gesture: 0) => void, step = { x: 1, y: 1 }) {
  return (event: KeyboardEvent) => {
    const arrow = arrows[event.key]
    if (arrow === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const times = event.shiftKey ? 10 : 1
    onMove({ x: arrow.x * step.x * times, y: arrow.y * step.y * times }, 0)
  }
}

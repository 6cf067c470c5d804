import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import './windowed-list.css'

/** Rows outside the visible part, above and below, so that scrolling shows no gap. */
const margin = 6
/** The tallest part that a screen can show, in pixels. */
const maxHeight = 1_600

interface WindowedListProps<T> {
  readonly label: string
  readonly items: readonly T[]
  /** The height of every row, in pixels. */
  readonly rowHeight: number
  readonly keyOf: (item: T) => string | number
  readonly children: (item: T) => ComponentChildren
}

/** A list that scrolls and keeps only the rows near its visible part in the page, for thousands of rows. */
export function WindowedList<T>({ label, items, rowHeight, keyOf, children }: WindowedListProps<T>) {
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(maxHeight)
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight) - margin, items.length - 1))
  const rows = items.slice(first, first + Math.ceil(height / rowHeight) + 2 * margin)
  const below = items.length - first - rows.length
  return (
    <section
      class="windowed"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard can scroll only an element that has the focus
      tabIndex={0}
      ref={element => {
        if (element && element.clientHeight > 0) setHeight(Math.min(element.clientHeight, maxHeight))
      }}
      onScroll={event => setTop(event.currentTarget.scrollTop)}
    >
      <ul style={{ paddingTop: `${first * rowHeight}px`, paddingBottom: `${below * rowHeight}px` }}>
        {rows.map((item, index) => (
          <li
            key={keyOf(item)}
            style={{ height: `${rowHeight}px` }}
            aria-setsize={items.length}
            aria-posinset={first + index + 1}
          >
            {children(item)}
          </li>
        ))}
      </ul>
    </section>
  )
}

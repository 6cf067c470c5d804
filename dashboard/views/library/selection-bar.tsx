import type { ComponentChildren } from 'preact'
import { Button } from '../../components/button.tsx'
import { countText } from '../../format.ts'

interface BarProps {
  readonly count: number
  readonly onClear: () => void
  /** What can be done with them. */
  readonly children: ComponentChildren
}

/** How many pictures are selected, and what can be done with them. */
export function SelectionBar({ count, onClear, children }: BarProps) {
  return (
    <section class="selection" aria-label="Selected images">
      <span>{countText(count, 'image')}</span>
      {children}
      <Button size="small" kind="quiet" icon="close" label="Clear selection" onClick={onClear} />
    </section>
  )
}

import type { ComponentChildren } from 'preact'
import { Button } from '../../components/button.tsx'
import { countText } from '../../format.ts'

interface BarProps {
  readonly count: number
  readonly onPickNone: () => void
  /** What can be done with them. */
  readonly children: ComponentChildren
}

/** How many pictures are picked, and what can be done with them. */
export function SelectionBar({ count, onPickNone, children }: BarProps) {
  return (
    <section class="selection" aria-label="Selected images">
      <span>{countText(count, 'image')}</span>
      {children}
      <Button size="small" kind="quiet" icon="close" label="Clear selection" onClick={onPickNone} />
    </section>
  )
}

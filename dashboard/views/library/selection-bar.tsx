import type { ComponentChildren } from 'preact'
import { Button } from '../../components/button.tsx'
import { countText } from '../../format.ts'

interface BarProps {
  readonly count: number
  readonly onClear: () => void
  /** The actions for the selected images. */
  readonly children: ComponentChildren
}

/** The number of selected images, and actions for them. */
export function SelectionBar({ count, onClear, children }: BarProps) {
  return (
    <section class="selection" aria-label="Selected images">
      <span>{countText(count, 'image')}</span>
      {children}
      <Button size="small" kind="quiet" icon="close" label="Clear selection" onClick={onClear} />
    </section>
  )
}

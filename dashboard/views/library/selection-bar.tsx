import type { ComponentChildren } from 'preact'
import { Button } from '../../components/button.tsx'
import type { ImageList } from './use-images.ts'
import { describeSelected, type Selected } from './use-selection.ts'

interface BarProps {
  readonly list: ImageList
  readonly selected: Selected
  /** The actions for the selected images. */
  readonly children: ComponentChildren
}

/** The number of selected images, and actions for them. */
export function SelectionBar({ list, selected, children }: BarProps) {
  const { everything, images, clear, selectEverything } = selected
  const canSelectMore = !everything && list.more && images.length === list.images.length
  return (
    <section class="selection" aria-label="Selected images">
      <span role="status">{describeSelected(selected).replace(/^a/, 'A')}</span>
      {canSelectMore && (
        <Button size="small" onClick={selectEverything}>
          Select all matching
        </Button>
      )}
      {children}
      <Button size="small" kind="quiet" icon="close" label="Clear selection" onClick={clear} />
    </section>
  )
}

/** Selects the loaded images, or none of them. */
export function SelectAll({ list, selected }: Pick<BarProps, 'list' | 'selected'>) {
  const areAll = list.images.length > 0 && selected.images.length === list.images.length
  return (
    <Button
      kind="quiet"
      size="small"
      disabled={list.images.length === 0}
      onClick={areAll ? selected.clear : selected.selectShown}
    >
      {areAll ? 'Select none' : 'Select all'}
    </Button>
  )
}

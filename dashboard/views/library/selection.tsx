import { useState } from 'preact/hooks'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { showToast } from '../../components/toast.tsx'
import { countText } from '../../format.ts'
import { type BulkOutcome, showSkipped } from './bulk-action.ts'
import { downloadArchive } from './download-archive.ts'
import { refreshFacets } from './facets.tsx'
import { currentFilters, isFiltered } from './filters.ts'
import { SelectionBar } from './selection-bar.tsx'
import { AddTags, RemoveTags } from './tag-dialogs.tsx'
import { type BulkRun, useBulkRun } from './use-bulk-run.tsx'
import type { ImageList } from './use-images.ts'
import { describeSelected, type Selected } from './use-selection.ts'

interface SelectionProps {
  readonly list: ImageList
  readonly selected: Selected
}

/** The selection bar of the library, with its dialogs. */
export function Selection({ list, selected }: SelectionProps) {
  const [shown, setShown] = useState<'tag' | 'untag' | 'delete' | undefined>(undefined)
  const { run, dialog } = useBulkRun()
  const close = () => setShown(undefined)
  if (selected.images.length === 0) return dialog
  const done = () => {
    close()
    selected.clear()
  }
  const action = { list, selected, run, onDone: done, onClose: close }
  return (
    <SelectionBar list={list} selected={selected}>
      <Button size="small" icon="download" onClick={() => downloadArchive(selected)}>
        Download
      </Button>
      <Button size="small" icon="tag" onClick={() => setShown('tag')}>
        Add tags
      </Button>
      {(selected.everything || selected.images.some(({ tags }) => tags.length > 0)) && (
        <Button size="small" onClick={() => setShown('untag')}>
          Remove tags
        </Button>
      )}
      <Button size="small" kind="danger" icon="trash" onClick={() => setShown('delete')}>
        Delete
      </Button>
      {shown === 'tag' && <AddTags {...action} />}
      {shown === 'untag' && <RemoveTags {...action} />}
      {shown === 'delete' && <DeleteDialog {...action} />}
      {dialog}
    </SelectionBar>
  )
}

export interface ActionProps extends SelectionProps {
  readonly run: BulkRun['run']
  readonly onDone: () => void
  readonly onClose: () => void
}

function DeleteDialog({ list, selected, run, onDone, onClose }: ActionProps) {
  const [busy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    const outcome = await run({ title: 'Deleting images', target: selected.target, action: 'delete' })
    setBusy(false)
    if (outcome === undefined) return
    if (selected.everything) list.reload()
    else list.edit(all => all.filter(({ id }) => !outcome.ids.has(id)))
    showDeletedToast(outcome, list, run)
    showSkipped(outcome)
    refreshFacets()
    onDone()
  }
  return (
    <Confirm
      title={`Delete ${describeSelected(selected)}?`}
      action="Delete"
      busy={busy}
      onConfirm={confirm}
      onClose={onClose}
    >
      {selected.everything &&
        !isFiltered(currentFilters()) &&
        'No filter is set: this is your whole library. '}
      Their URLs stop working and all derivatives are deleted. The originals are kept under Deleted for seven
      days and can be restored until then.
    </Confirm>
  )
}

/** Shows a toast that offers Undo, unless there are too many images to remember. */
function showDeletedToast({ ids, done }: BulkOutcome, list: ImageList, run: ActionProps['run']): void {
  if (done === 0) return
  const undo = async () => {
    const outcome = await run({ title: 'Restoring images', target: { ids: [...ids] }, action: 'restore' })
    if (outcome) showSkipped(outcome)
    refreshFacets()
    list.reload()
  }
  const text = `${countText(done, 'image')} deleted`
  if (ids.size === done) showToast(text, { label: 'Undo', onChoose: undo })
  else showToast(`${text}. They can be restored under Deleted.`)
}

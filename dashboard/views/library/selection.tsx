import { useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { countText } from '../../format.ts'
import { runBulkAction, showSkipped } from './bulk-action.ts'
import { SelectionBar } from './selection-bar.tsx'
import { AddTags, RemoveTags } from './tag-dialogs.tsx'
import type { ImageList } from './use-images.ts'

interface SelectionProps {
  readonly list: ImageList
  readonly selected: ReadonlySet<string>
  readonly onSelect: (selected: ReadonlySet<string>) => void
}

const emptySelection: ReadonlySet<string> = new Set()

/** The selection bar of the library, with its dialogs. */
export function Selection({ list, selected, onSelect }: SelectionProps) {
  const [dialog, setDialog] = useState<'tag' | 'untag' | 'delete' | undefined>(undefined)
  const images = list.images.filter(({ id }) => selected.has(id))
  if (images.length === 0) return null
  const close = () => setDialog(undefined)
  const done = () => {
    close()
    onSelect(emptySelection)
  }
  const action = { images, list, onDone: done, onClose: close }
  return (
    <SelectionBar count={images.length} onClear={() => onSelect(emptySelection)}>
      <Button size="small" icon="tag" onClick={() => setDialog('tag')}>
        Add tags
      </Button>
      {images.some(({ tags }) => tags.length > 0) && (
        <Button size="small" onClick={() => setDialog('untag')}>
          Remove tags
        </Button>
      )}
      <Button size="small" kind="danger" icon="trash" onClick={() => setDialog('delete')}>
        Delete
      </Button>
      {dialog === 'tag' && <AddTags {...action} />}
      {dialog === 'untag' && <RemoveTags {...action} />}
      {dialog === 'delete' && <DeleteDialog {...action} />}
    </SelectionBar>
  )
}

interface ActionProps {
  readonly images: readonly Image[]
  readonly list: ImageList
  readonly onDone: () => void
  readonly onClose: () => void
}

function DeleteDialog({ images, list, onDone, onClose }: ActionProps) {
  const [busy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    try {
      const outcome = await runBulkAction(
        images.map(({ id }) => id),
        'delete',
      )
      list.edit(all => all.filter(({ id }) => !outcome.done.has(id)))
      showDeletedToast([...outcome.done], list)
      showSkipped(outcome, images.length)
      onDone()
    } catch (error) {
      showError(error)
      setBusy(false)
    }
  }
  return (
    <Confirm
      title={`Delete ${countText(images.length, 'image')}?`}
      action="Delete"
      busy={busy}
      onConfirm={confirm}
      onClose={onClose}
    >
      Their URLs stop working and all derivatives are deleted. The originals are kept under Deleted for seven
      days and can be restored until then.
    </Confirm>
  )
}

/** Shows a toast that offers Undo. */
function showDeletedToast(ids: readonly string[], list: ImageList): void {
  if (ids.length === 0) return
  const undo = async () => {
    try {
      showSkipped(await runBulkAction(ids, 'restore'), ids.length)
    } catch (error) {
      showError(error)
    }
    list.reload()
  }
  showToast(`${countText(ids.length, 'image')} deleted`, { label: 'Undo', onChoose: undo })
}

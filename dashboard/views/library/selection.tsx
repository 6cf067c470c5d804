import { useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { tell, tellFailure } from '../../components/toast.tsx'
import { countText } from '../../format.ts'
import { inBulk, tellLeft } from './in-bulk.ts'
import { SelectionBar } from './selection-bar.tsx'
import { AddTags, RemoveTags } from './tag-them.tsx'
import type { ImageList } from './use-images.ts'

interface SelectionProps {
  readonly list: ImageList
  readonly picked: ReadonlySet<string>
  readonly onPick: (picked: ReadonlySet<string>) => void
}

const none: ReadonlySet<string> = new Set()

/** What can be done with the pictures that are picked. */
export function Selection({ list, picked, onPick }: SelectionProps) {
  const [asked, setAsked] = useState<'tag' | 'untag' | 'delete' | undefined>(undefined)
  const images = list.images.filter(({ id }) => picked.has(id))
  if (images.length === 0) return null
  const close = () => setAsked(undefined)
  const done = () => {
    close()
    onPick(none)
  }
  const action = { images, list, onDone: done, onClose: close }
  return (
    <SelectionBar count={images.length} onPickNone={() => onPick(none)}>
      <Button size="small" icon="tag" onClick={() => setAsked('tag')}>
        Add tags
      </Button>
      {images.some(({ tags }) => tags.length > 0) && (
        <Button size="small" onClick={() => setAsked('untag')}>
          Remove tags
        </Button>
      )}
      <Button size="small" kind="danger" icon="trash" onClick={() => setAsked('delete')}>
        Delete
      </Button>
      {asked === 'tag' && <AddTags {...action} />}
      {asked === 'untag' && <RemoveTags {...action} />}
      {asked === 'delete' && <DeleteThem {...action} />}
    </SelectionBar>
  )
}

interface ActionProps {
  readonly images: readonly Image[]
  readonly list: ImageList
  readonly onDone: () => void
  readonly onClose: () => void
}

function DeleteThem({ images, list, onDone, onClose }: ActionProps) {
  const [busy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    try {
      const outcome = await inBulk(
        images.map(({ id }) => id),
        'delete',
      )
      list.edit(all => all.filter(({ id }) => !outcome.done.has(id)))
      tellDeleted([...outcome.done], list)
      tellLeft(outcome, images.length)
      onDone()
    } catch (error) {
      tellFailure(error)
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

/** Says so, and offers to take it back. */
function tellDeleted(ids: readonly string[], list: ImageList): void {
  if (ids.length === 0) return
  const undo = async () => {
    try {
      tellLeft(await inBulk(ids, 'restore'), ids.length)
    } catch (error) {
      tellFailure(error)
    }
    list.reload()
  }
  tell(`${countText(ids.length, 'image')} deleted`, { label: 'Undo', onChoose: undo })
}

import './deleted.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Failure, Spinner, State } from '../../components/state.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { countText } from '../../format.ts'
import { query } from '../../location.ts'
import { runConcurrently } from '../../run-concurrently.ts'
import { PageHead } from '../../shell.tsx'
import { runBulkAction, showSkipped } from './bulk-action.ts'
import { DeletedFrame } from './deleted-frame.tsx'
import { LibraryTabs } from './library-tabs.tsx'
import { NothingFound } from './nothing-found.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { Sheet } from './sheet.tsx'
import { Toolbar } from './toolbar.tsx'
import { type ImageList, useImages } from './use-images.ts'

const emptySelection: ReadonlySet<string> = new Set()

/** Deleted images that can still be restored. */
export function Deleted() {
  const { q = '', tag = '', format = '', sort = '' } = Object.fromEntries(query.value)
  const filtered = q !== '' || tag !== '' || format !== ''
  const list = useImages({ q, tag, format, sort, deleted: 'true' })
  const [selected, setSelected] = useState(emptySelection)
  const [deleting, setDeleting] = useState<readonly Image[]>([])
  const { images, loading, error } = list
  const empty = images.length === 0 && !loading && error === undefined
  const selectedImages = images.filter(({ id }) => selected.has(id))
  const restore = (restored: readonly Image[]) =>
    restoreImages(restored, list).then(() => setSelected(emptySelection))
  return (
    <>
      <PageHead title="Deleted images" />
      <LibraryTabs />
      {!(empty && !filtered) && <Toolbar images={images} />}
      {images.length > 0 && (
        <p class="hint sheet-note">Deleted images count towards your storage until they are removed.</p>
      )}
      {empty && (filtered ? <NothingFound /> : <NothingDeleted />)}
      <div class="deleted-sheet">
        <Sheet
          list={list}
          selected={selected}
          onSelect={setSelected}
          frame={props => (
            <DeletedFrame
              key={props.image.id}
              {...props}
              onRestore={() => restore([props.image])}
              onRemove={() => setDeleting([props.image])}
            />
          )}
        />
      </div>
      {error !== undefined && <Failure error={error} onRetry={list.loadMore} />}
      {loading && <Spinner label="Loading deleted images" />}
      {selectedImages.length > 0 && (
        <SelectionBar count={selectedImages.length} onClear={() => setSelected(emptySelection)}>
          <Button size="small" icon="retry" onClick={() => restore(selectedImages)}>
            Restore
          </Button>
          <Button size="small" kind="danger" icon="trash" onClick={() => setDeleting(selectedImages)}>
            Delete permanently
          </Button>
        </SelectionBar>
      )}
      {deleting.length > 0 && (
        <RemoveDialog
          images={deleting}
          list={list}
          onDone={() => setSelected(emptySelection)}
          onClose={() => setDeleting([])}
        />
      )}
    </>
  )
}

async function restoreImages(images: readonly Image[], list: ImageList): Promise<void> {
  try {
    const outcome = await runBulkAction(
      images.map(({ id }) => id),
      'restore',
    )
    list.edit(all => all.filter(({ id }) => !outcome.done.has(id)))
    if (outcome.done.size > 0) showToast(`${countText(outcome.done.size, 'image')} restored`)
    showSkipped(outcome, images.length)
  } catch (error) {
    showError(error)
  }
}

interface RemoveProps {
  readonly images: readonly Image[]
  readonly list: ImageList
  readonly onDone: () => void
  readonly onClose: () => void
}

function RemoveDialog({ images, list, onDone, onClose }: RemoveProps) {
  const [busy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    const gone = new Set<string>()
    const failure = await runConcurrently(images, async ({ id }) => {
      await api.removeImage(id)
      gone.add(id)
    })
    list.edit(all => all.filter(({ id }) => !gone.has(id)))
    if (gone.size > 0) showToast(`${countText(gone.size, 'image')} deleted permanently`)
    if (failure !== undefined) showError(failure)
    onDone()
    onClose()
  }
  return (
    <Confirm
      title={`Delete ${describeImages(images)} permanently?`}
      action="Delete permanently"
      busy={busy}
      onConfirm={confirm}
      onClose={onClose}
    >
      {images.length === 1 ? 'The original is' : 'The originals are'} deleted too. This cannot be undone.
    </Confirm>
  )
}

/** The title of a single image, or the number of images. */
function describeImages(images: readonly Image[]): string {
  const [first] = images
  return images.length === 1 && first ? first.title || first.id : countText(images.length, 'image')
}

function NothingDeleted() {
  return (
    <State icon="trash" title="No deleted images">
      <p>Deleted images are kept here for seven days and can be restored until then.</p>
    </State>
  )
}

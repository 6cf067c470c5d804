import './deleted.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Failure, State, Waiting } from '../../components/state.tsx'
import { tell, tellFailure } from '../../components/toast.tsx'
import { forEach } from '../../for-each.ts'
import { countText } from '../../format.ts'
import { query } from '../../location.ts'
import { PageHead } from '../../shell.tsx'
import { DeletedFrame } from './deleted-frame.tsx'
import { inBulk, tellLeft } from './in-bulk.ts'
import { NothingFound } from './nothing-found.tsx'
import { SelectionBar } from './selection-bar.tsx'
import { Sheet } from './sheet.tsx'
import { SheetParts } from './sheet-parts.tsx'
import { Toolbar } from './toolbar.tsx'
import { type ImageList, useImages } from './use-images.ts'

const none: ReadonlySet<string> = new Set()

/** What was deleted and can still be had back. */
export function Deleted() {
  const { q = '', tag = '', format = '', sort = '' } = Object.fromEntries(query.value)
  const filtered = q !== '' || tag !== '' || format !== ''
  const list = useImages({ q, tag, format, sort, deleted: 'true' })
  const [picked, setPicked] = useState(none)
  const [doomed, setDoomed] = useState<readonly Image[]>([])
  const { images, loading, error } = list
  const empty = images.length === 0 && !loading && error === undefined
  const chosen = images.filter(({ id }) => picked.has(id))
  const restore = (wanted: readonly Image[]) => restoreThem(wanted, list).then(() => setPicked(none))
  return (
    <>
      <PageHead title="Deleted images" />
      <SheetParts />
      {!(empty && !filtered) && <Toolbar images={images} />}
      {images.length > 0 && (
        <p class="hint sheet-note">Deleted images count towards your storage until they are removed.</p>
      )}
      {empty && (filtered ? <NothingFound /> : <NothingDeleted />)}
      <div class="deleted-sheet">
        <Sheet
          list={list}
          picked={picked}
          onPick={setPicked}
          frame={props => (
            <DeletedFrame
              key={props.image.id}
              {...props}
              onRestore={() => restore([props.image])}
              onRemove={() => setDoomed([props.image])}
            />
          )}
        />
      </div>
      {error !== undefined && <Failure error={error} onRetry={list.loadMore} />}
      {loading && <Waiting what="Loading deleted images" />}
      {chosen.length > 0 && (
        <SelectionBar count={chosen.length} onPickNone={() => setPicked(none)}>
          <Button size="small" icon="retry" onClick={() => restore(chosen)}>
            Restore
          </Button>
          <Button size="small" kind="danger" icon="trash" onClick={() => setDoomed(chosen)}>
            Delete permanently
          </Button>
        </SelectionBar>
      )}
      {doomed.length > 0 && (
        <RemoveThem
          images={doomed}
          list={list}
          onDone={() => setPicked(none)}
          onClose={() => setDoomed([])}
        />
      )}
    </>
  )
}

async function restoreThem(images: readonly Image[], list: ImageList): Promise<void> {
  try {
    const outcome = await inBulk(
      images.map(({ id }) => id),
      'restore',
    )
    list.edit(all => all.filter(({ id }) => !outcome.done.has(id)))
    if (outcome.done.size > 0) tell(`${countText(outcome.done.size, 'image')} restored`)
    tellLeft(outcome, images.length)
  } catch (error) {
    tellFailure(error)
  }
}

interface RemoveProps {
  readonly images: readonly Image[]
  readonly list: ImageList
  readonly onDone: () => void
  readonly onClose: () => void
}

function RemoveThem({ images, list, onDone, onClose }: RemoveProps) {
  const [busy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    const gone = new Set<string>()
    const failure = await forEach(images, async ({ id }) => {
      await api.removeImage(id)
      gone.add(id)
    })
    list.edit(all => all.filter(({ id }) => !gone.has(id)))
    if (gone.size > 0) tell(`${countText(gone.size, 'image')} deleted permanently`)
    if (failure !== undefined) tellFailure(failure)
    onDone()
    onClose()
  }
  return (
    <Confirm
      title={`Delete ${whatOf(images)} permanently?`}
      action="Delete permanently"
      busy={busy}
      onConfirm={confirm}
      onClose={onClose}
    >
      {images.length === 1 ? 'The original is' : 'The originals are'} deleted too. This cannot be undone.
    </Confirm>
  )
}

/** One by its name, several by their number. */
function whatOf(images: readonly Image[]): string {
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

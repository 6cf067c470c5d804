import './deleted.css'
import { useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { FormDialog } from '../../components/dialog.tsx'
import { usePhrase } from '../../components/phrase-field.tsx'
import { Failure, Spinner, State } from '../../components/state.tsx'
import { showToast } from '../../components/toast.tsx'
import { countText } from '../../format.ts'
import { PageHead } from '../../shell.tsx'
import { useSubmit } from '../../use-submit.ts'
import { type BulkOutcome, type BulkTarget, showSkipped } from './bulk-action.ts'
import { DeletedFrame } from './deleted-frame.tsx'
import { TagFacets } from './facets.tsx'
import { currentFilters, isFiltered } from './filters.ts'
import { LibraryTabs } from './library-tabs.tsx'
import { NothingFound } from './nothing-found.tsx'
import { SelectAll, SelectionBar } from './selection-bar.tsx'
import { Grid, Sheet } from './sheet.tsx'
import { Toolbar } from './toolbar.tsx'
import { type BulkRun, useBulkRun } from './use-bulk-run.tsx'
import { type ImageList, useImages } from './use-images.ts'
import { describeSelected, type Selected, useSelection } from './use-selection.ts'

/** Deleted images that can still be restored. */
export function Deleted() {
  const filters = currentFilters()
  const filtered = isFiltered(filters)
  const filter = { ...filters, deleted: 'true' } as const
  const list = useImages(filter)
  const selected = useSelection(list, filter)
  const { run, dialog } = useBulkRun()
  const [removing, setRemoving] = useState<Order | undefined>(undefined)
  const { images, loading, error } = list
  const empty = images.length === 0 && !loading && error === undefined
  const restore = async (order: Order) => {
    const outcome = await run({ title: 'Restoring images', target: order.target, action: 'restore' })
    if (outcome) finish(list, selected, outcome, 'restored')
  }
  const chosen: Order = { what: describeSelected(selected), target: selected.target }
  return (
    <>
      <PageHead title="Deleted images" />
      <LibraryTabs>{!empty && <SelectAll list={list} selected={selected} />}</LibraryTabs>
      {!(empty && !filtered) && (
        <>
          <Toolbar />
          <TagFacets filters={filter} />
        </>
      )}
      {images.length > 0 && (
        <p class="hint sheet-note">Deleted images count towards your storage until they are removed.</p>
      )}
      {empty && (filtered ? <NothingFound /> : <NothingDeleted />)}
      <DeletedSheet list={list} selected={selected} onRestore={restore} onRemove={setRemoving} />
      {error !== undefined && <Failure error={error} onRetry={list.loadMore} />}
      {loading && <Spinner label="Loading deleted images" />}
      {selected.images.length > 0 && (
        <SelectionBar list={list} selected={selected}>
          <Button size="small" icon="retry" onClick={() => restore(chosen)}>
            Restore
          </Button>
          <Button size="small" kind="danger" icon="trash" onClick={() => setRemoving(chosen)}>
            Delete permanently
          </Button>
        </SelectionBar>
      )}
      {removing && (
        <RemoveDialog {...removing} {...{ list, selected, run }} onClose={() => setRemoving(undefined)} />
      )}
      {dialog}
    </>
  )
}

/** Images for which an action was chosen. */
interface Order {
  /** `Snow`, `3 images`, `all matching images`. */
  readonly what: string
  readonly target: BulkTarget
}

interface SheetProps {
  readonly list: ImageList
  readonly selected: Selected
  readonly onRestore: (order: Order) => void
  readonly onRemove: (order: Order) => void
}

function DeletedSheet({ list, selected, onRestore, onRemove }: SheetProps) {
  const orderOf = ({ id, title }: Image): Order => ({ what: title || id, target: { ids: [id] } })
  return (
    <div class="deleted-sheet">
      <Sheet list={list} selected={selected}>
        {rows => (
          <Grid
            rows={rows}
            picking={selected.ids.size > 0}
            frame={props => (
              <DeletedFrame
                key={props.image.id}
                {...props}
                onRestore={() => onRestore(orderOf(props.image))}
                onRemove={() => onRemove(orderOf(props.image))}
              />
            )}
          />
        )}
      </Sheet>
    </div>
  )
}

/** Shows the outcome, and removes the images from the list. */
function finish(list: ImageList, selected: Selected, outcome: BulkOutcome, verb: string): void {
  if (selected.everything) list.reload()
  else list.edit(all => all.filter(({ id }) => !outcome.ids.has(id)))
  if (outcome.done > 0) showToast(`${countText(outcome.done, 'image')} ${verb}`)
  showSkipped(outcome)
  selected.clear()
}

interface RemoveProps extends Order {
  readonly list: ImageList
  readonly selected: Selected
  readonly run: BulkRun['run']
  readonly onClose: () => void
}

/** What must be typed before all images of a query are deleted permanently, which may be hundreds of thousands. */
const phrase = 'delete permanently'

function RemoveDialog({ what, target, list, selected, run, onClose }: RemoveProps) {
  const { submit, busy } = useSubmit(async () => {
    const outcome = await run({ title: 'Deleting images permanently', target, action: 'remove' })
    if (outcome) finish(list, selected, outcome, 'deleted permanently')
    onClose()
  })
  const confirmation = usePhrase(phrase, 'query' in target)
  const isOne = 'ids' in target && target.ids.length === 1
  return (
    <FormDialog
      title={`Delete ${what} permanently?`}
      action="Delete permanently"
      danger
      ready={!busy && confirmation.isGiven}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{isOne ? 'The original is' : 'The originals are'} deleted too. This cannot be undone.</p>
      {confirmation.field}
    </FormDialog>
  )
}

function NothingDeleted() {
  return (
    <State icon="trash" title="No deleted images">
      <p>Deleted images are kept here for seven days and can be restored until then.</p>
    </State>
  )
}

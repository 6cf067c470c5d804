import './library.css'
import { useRef } from 'preact/hooks'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { showError } from '../../components/toast.tsx'
import { PageHead } from '../../shell.tsx'
import { upload } from '../../uploads/queue.ts'
import { uploadFolder } from '../../uploads/upload-folder.ts'
import { EmptyLibrary } from './empty-library.tsx'
import { FolderFacets, MetadataFilter, TagFacets } from './facets.tsx'
import { currentFilters, isFiltered } from './filters.ts'
import { ImageTable } from './image-table.tsx'
import { LibraryTabs } from './library-tabs.tsx'
import { libraryView } from './library-view.ts'
import { NothingFound } from './nothing-found.tsx'
import { Selection } from './selection.tsx'
import { SelectAll } from './selection-bar.tsx'
import { Sheet } from './sheet.tsx'
import { Toolbar } from './toolbar.tsx'
import { useArrivals } from './use-arrivals.ts'
import { useImages } from './use-images.ts'
import { useSelection } from './use-selection.ts'
import { ViewChoice } from './view-choice.tsx'

/** The library of a user: search, upload and bulk actions. Filters are kept in the URL. */
export function Library() {
  const filters = currentFilters()
  const filtered = isFiltered(filters)
  const list = useImages(filters)
  const selected = useSelection(list, filters)
  useArrivals(list, !filtered && filters.sort === '')
  const empty = list.images.length === 0 && !list.loading && list.error === undefined
  return (
    <>
      <PageHead title="Library">
        <a class="button" href="/import">
          <Icon name="import" />
          Import
        </a>
        <PickFiles />
      </PageHead>
      <LibraryTabs>
        {!empty && <SelectAll list={list} selected={selected} />}
        {!empty && <ViewChoice />}
      </LibraryTabs>
      {!(empty && !filtered) && (
        <>
          <Toolbar />
          <FolderFacets folder={filters.folder} />
          <TagFacets filters={filters} />
          <MetadataFilter value={filters.metadata} />
        </>
      )}
      {empty && !filtered && <EmptyLibrary />}
      {empty && filtered && <NothingFound />}
      {libraryView.value === 'list' ? (
        <Sheet list={list} selected={selected}>
          {rows => (rows.length > 0 ? <ImageTable rows={rows} /> : null)}
        </Sheet>
      ) : (
        <Sheet list={list} selected={selected} />
      )}
      {list.error !== undefined && <Failure error={list.error} onRetry={list.loadMore} />}
      {list.loading && <Spinner label="Loading images" />}
      <Selection list={list} selected={selected} />
    </>
  )
}

function PickFiles() {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept="image/*,application/pdf,.avif,.heic,.heif,.jxl"
        data-test="files"
        onChange={event => {
          upload([...(event.currentTarget.files ?? [])], uploadFolder()).catch(showError)
          event.currentTarget.value = ''
        }}
      />
      <Button kind="primary" icon="upload" onClick={() => input.current?.click()}>
        Upload
      </Button>
    </>
  )
}

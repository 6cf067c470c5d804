import './library.css'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Image } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { query } from '../../location.ts'
import { PageHead } from '../../shell.tsx'
import { onUploaded, upload } from '../../uploads.ts'
import { DropZone } from './drop-zone.tsx'
import { EmptyLibrary } from './empty-library.tsx'
import { LibraryTabs } from './library-tabs.tsx'
import { NothingFound } from './nothing-found.tsx'
import { Selection } from './selection.tsx'
import { Sheet } from './sheet.tsx'
import { Toolbar } from './toolbar.tsx'
import { UploadTray } from './upload-tray.tsx'
import { type ImageList, useImages } from './use-images.ts'

/** The library of a user: search, upload and bulk actions. Filters are kept in the URL. */
export function Library() {
  const { q = '', tag = '', format = '', sort = '' } = Object.fromEntries(query.value)
  const filtered = q !== '' || tag !== '' || format !== ''
  const list = useImages({ q, tag, format, sort })
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  useArrivals(list, !filtered && sort === '')
  const empty = list.images.length === 0 && !list.loading && list.error === undefined
  return (
    <>
      <PageHead title="Library">
        <PickFiles />
      </PageHead>
      <LibraryTabs />
      {!(empty && !filtered) && <Toolbar images={list.images} />}
      {empty && !filtered && <EmptyLibrary />}
      {empty && filtered && <NothingFound />}
      <Sheet list={list} selected={selected} onSelect={setSelected} />
      {list.error !== undefined && <Failure error={list.error} onRetry={list.loadMore} />}
      {list.loading && <Spinner label="Loading images" />}
      <Selection list={list} selected={selected} onSelect={setSelected} />
      <DropZone />
      <UploadTray />
    </>
  )
}

/** Puts uploaded images first when sorted by newest; otherwise reloads the list, so that they appear in order. */
function useArrivals({ edit, reload }: ImageList, newestFirst: boolean): void {
  useEffect(
    () =>
      onUploaded((image: Image) => {
        if (newestFirst) edit(images => [image, ...images.filter(({ id }) => id !== image.id)])
        else reload()
      }),
    [edit, reload, newestFirst],
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
        accept="image/*,application/pdf,.heic,.jxl"
        data-test="files"
        onChange={event => {
          upload(event.currentTarget.files ?? [])
          event.currentTarget.value = ''
        }}
      />
      <Button kind="primary" icon="upload" onClick={() => input.current?.click()}>
        Upload
      </Button>
    </>
  )
}

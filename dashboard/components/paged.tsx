import './paged.css'
import type { ComponentChildren } from 'preact'
import type { Pages } from '../use-pages.ts'
import { Button } from './button.tsx'
import { Failure, Spinner } from './state.tsx'

interface PagedProps<T> {
  readonly pages: Pages<T>
  /** Shown when the list is empty. */
  readonly empty: ComponentChildren
  readonly children: (items: readonly T[]) => ComponentChildren
}

/** A paginated list. The first page loads automatically, further pages on request. */
export function Paged<T>({ pages, empty, children }: PagedProps<T>) {
  const { items, loading, error, more, loadMore } = pages
  return (
    <div>
      {items.length > 0 && children(items)}
      {items.length === 0 && !loading && error === undefined && empty}
      {items.length === 0 && loading && <Spinner />}
      {error !== undefined && <Failure error={error} onRetry={loadMore} />}
      {more && error === undefined && (
        <div class="paged-end">
          <Button disabled={loading} onClick={loadMore}>
            Load more
          </Button>
        </div>
      )}
    </div>
  )
}

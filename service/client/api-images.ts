import type { Call, CallOptions, Put } from './api-call.ts'
import { uploadDirect } from './api-direct.ts'
import type {
  BulkOrder,
  BulkResult,
  Duplicate,
  DuplicatesQuery,
  EagerProgress,
  EagerRequest,
  Image,
  ImageChanges,
  ImageLabels,
  ImageQuery,
  Page,
  PageQuery,
  ReceivedImage,
  StoredDerivative,
  UploadLabels,
} from './api-types.ts'

/** `/api/v1/images`. */
export interface ImagesApi {
  /** In Node `openAsBlob(path)` gives a file that is not read into memory first. */
  upload(file: Blob, labels?: UploadLabels, options?: CallOptions): Promise<ReceivedImage>
  /**
   * The same past the service: the file goes to its object store where that is reached from here (of a browser the bucket's
   * CORS rules must allow it), and is read into memory to be hashed.
   */
  uploadDirect(file: Blob, labels?: UploadLabels, options?: CallOptions): Promise<ReceivedImage>
  list(query?: ImageQuery, options?: CallOptions): Promise<Page<Image>>
  /** Every image of a query, page by page as they are taken. */
  each(query?: ImageQuery, options?: CallOptions): AsyncGenerator<Image, void, undefined>
  get(id: string, options?: CallOptions): Promise<Image>
  /** What is absent stays as it is. */
  update(id: string, changes: ImageChanges, options?: CallOptions): Promise<Image>
  /** It can be restored for a week; with `purge` it is gone for good, be it ready or deleted. */
  delete(id: string, options?: CallOptions & { readonly purge?: boolean }): Promise<void>
  /** Takes its derivatives away before the answer. */
  purge(id: string, options?: CallOptions): Promise<{ readonly derivatives: number }>
  /** Orders derivatives ahead of their first request; without a request those of the eager presets. */
  eager(id: string, request?: EagerRequest, options?: CallOptions): Promise<EagerProgress>
  /** What became of what `eager` ordered. */
  progress(id: string, options?: CallOptions): Promise<EagerProgress>
  derivatives(id: string, query?: PageQuery, options?: CallOptions): Promise<Page<StoredDerivative>>
  /** Takes an image in from where it is: `http` or `https`, of a public host. */
  import(url: string, labels?: ImageLabels, options?: CallOptions): Promise<ReceivedImage>
  /** Takes a deletion back. */
  restore(id: string, options?: CallOptions): Promise<Image>
  /** What cannot be done with one is done with the others; the results are in the order of the ids. */
  bulk(order: BulkOrder, options?: CallOptions): Promise<{ readonly items: readonly BulkResult[] }>
  /** What is the same as an image, or looks like it, the most alike first. */
  duplicates(
    id: string,
    query?: DuplicatesQuery,
    options?: CallOptions,
  ): Promise<{ readonly items: readonly Duplicate[] }>
}

export function imagesApi(call: Call, put: Put): ImagesApi {
  const list: ImagesApi['list'] = (query, options) =>
    call('GET', ['images'], { ...options, query: { ...query, ids: query?.ids?.join(',') } })
  return {
    upload: (file, labels, options) => call('POST', ['images'], { ...options, form: formOf(file, labels) }),
    uploadDirect: (file, labels, options) => uploadDirect(call, put, file, labels, options),
    list,
    async *each(query, options) {
      let cursor = query?.cursor
      do {
        const page = await list({ ...query, cursor }, options)
        yield* page.items
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
    },
    get: (id, options) => call('GET', ['images', id], options),
    update: (id, changes, options) => call('PATCH', ['images', id], { ...options, body: changes }),
    delete: (id, { purge, ...options } = {}) =>
      call('DELETE', ['images', id], { ...options, query: { purge } }),
    purge: (id, options) => call('POST', ['images', id, 'purge'], options),
    eager: (id, request, options) => call('POST', ['images', id, 'eager'], { ...options, body: request }),
    progress: (id, options) => call('GET', ['images', id, 'eager'], options),
    derivatives: (id, query, options) =>
      call('GET', ['images', id, 'derivatives'], { ...options, query: { ...query } }),
    import: (url, labels, options) =>
      call('POST', ['images', 'import'], { ...options, body: { ...labels, url } }),
    restore: (id, options) => call('POST', ['images', id, 'restore'], options),
    bulk: (order, options) => call('POST', ['images', 'bulk'], { ...options, body: order }),
    duplicates: (id, query, options) =>
      call('GET', ['images', id, 'duplicates'], { ...options, query: { ...query } }),
  }
}

function formOf(file: Blob, { title, tags = [], name }: UploadLabels = {}): FormData {
  const form = new FormData()
  if (title !== undefined) form.append('title', title)
  for (const tag of tags) form.append('tags', tag)
  if (name === undefined) form.append('file', file)
  else form.append('file', file, name)
  return form
}

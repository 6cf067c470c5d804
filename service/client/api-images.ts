import type { Call, CallOptions, Put } from './api-call.ts'
import type { EagerProgress, EagerRequest, StoredDerivative } from './api-derivative-types.ts'
import { uploadDirect } from './api-direct.ts'
import type {
  BulkOrder,
  BulkResult,
  DownloadLink,
  DownloadOrder,
  Duplicate,
  DuplicatesQuery,
  Folder,
  FolderQuery,
  Image,
  ImageChanges,
  ImageFilters,
  ImageLabels,
  ImageQuery,
  ImportEntry,
  ImportResult,
  Neighbours,
  Page,
  PageQuery,
  ReceivedImage,
  Replacement,
  TagPage,
  TagQuery,
  UploadLabels,
} from './api-types.ts'

/** The routes below `/api/v1/images`. */
export interface ImagesApi {
  /** Uploads a file. In Node, `openAsBlob(path)` returns a file that is not read into memory first. */
  upload(file: Blob, labels?: UploadLabels, options?: CallOptions): Promise<ReceivedImage>
  /**
   * Uploads a file directly to the object store, or through the service if clients cannot reach the store. In a
   * browser, the bucket's CORS rules must allow the upload. Reads the file into memory to hash it.
   */
  uploadDirect(file: Blob, labels?: UploadLabels, options?: CallOptions): Promise<ReceivedImage>
  list(query?: ImageQuery, options?: CallOptions): Promise<Page<Image>>
  /** Iterates over every image of a query. Fetches each page when it is needed. */
  each(query?: ImageQuery, options?: CallOptions): AsyncGenerator<Image, void, undefined>
  /** The tags of the selected images, the most used first. */
  tags(query?: TagQuery, options?: CallOptions): Promise<TagPage>
  /** The folders directly below a folder, by name. Folders are tags with slashes, such as `shop/2026`. */
  folders(query?: FolderQuery, options?: CallOptions): Promise<Page<Folder>>
  get(id: string, options?: CallOptions): Promise<Image>
  /** Returns the images before and after an image in the list that the filters select. */
  neighbours(id: string, filters?: ImageFilters, options?: CallOptions): Promise<Neighbours>
  /** Updates the given fields only. */
  update(id: string, changes: ImageChanges, options?: CallOptions): Promise<Image>
  /**
   * Replaces the original of an image and removes everything that was made from the earlier one before the response is
   * sent. Id, labels, alt text and metadata stay; the focal point stays, unless `focal` says otherwise.
   */
  replace(id: string, file: Blob, replacement?: Replacement, options?: CallOptions): Promise<ReceivedImage>
  /** Deletes an image, which can be restored for a week. `purge` removes a ready or deleted image permanently. */
  delete(id: string, options?: CallOptions & { readonly purge?: boolean }): Promise<void>
  /** Removes the image's derivatives before the response is sent. */
  purge(id: string, options?: CallOptions): Promise<{ readonly derivatives: number }>
  /** Enqueues derivatives ahead of their first request; without `request`, those of the eager presets. */
  eager(id: string, request?: EagerRequest, options?: CallOptions): Promise<EagerProgress>
  /** Returns the progress of the derivatives that `eager` enqueued. */
  progress(id: string, options?: CallOptions): Promise<EagerProgress>
  derivatives(id: string, query?: PageQuery, options?: CallOptions): Promise<Page<StoredDerivative>>
  /** Imports an image from an `http` or `https` URL of a public host. */
  import(url: string, labels?: ImageLabels, options?: CallOptions): Promise<ReceivedImage>
  /** Imports up to 1,000 images in the background. `jobs.list` shows the progress of the task. */
  importMany(
    images: readonly ImportEntry[],
    options?: CallOptions,
  ): Promise<{ readonly taskId: string; readonly images: number }>
  /** Returns the images of an import of many with their results, in their order. */
  importResults(
    taskId: string,
    query?: PageQuery & { readonly state?: ImportResult['state'] },
    options?: CallOptions,
  ): Promise<Page<ImportResult>>
  /** Restores a deleted image. */
  restore(id: string, options?: CallOptions): Promise<Image>
  /**
   * Makes a link to a ZIP archive of images. The link needs no token: in a browser, `location.assign(link.url)` downloads
   * it like any file. It is valid for one download, which must begin within five minutes.
   */
  download(order: DownloadOrder, options?: CallOptions): Promise<DownloadLink>
  /** Applies an action to many images. A failure does not stop the others; results are in the order of `ids`. */
  bulk(order: BulkOrder, options?: CallOptions): Promise<{ readonly items: readonly BulkResult[] }>
  /** Returns duplicates of an image and similar images, the most similar first. */
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
    tags: (query, options) =>
      call('GET', ['images', 'tags'], { ...options, query: { ...query, ids: query?.ids?.join(',') } }),
    folders: (query, options) => call('GET', ['images', 'folders'], { ...options, query: { ...query } }),
    get: (id, options) => call('GET', ['images', id], options),
    neighbours: (id, filters, options) =>
      call('GET', ['images', id, 'neighbours'], { ...options, query: { ...filters } }),
    update: (id, changes, options) => call('PATCH', ['images', id], { ...options, body: changes }),
    replace: (id, file, replacement, options) =>
      call('PUT', ['images', id, 'original'], { ...options, form: replacementForm(file, replacement) }),
    delete: (id, { purge, ...options } = {}) =>
      call('DELETE', ['images', id], { ...options, query: { purge } }),
    purge: (id, options) => call('POST', ['images', id, 'purge'], options),
    eager: (id, request, options) => call('POST', ['images', id, 'eager'], { ...options, body: request }),
    progress: (id, options) => call('GET', ['images', id, 'eager'], options),
    derivatives: (id, query, options) =>
      call('GET', ['images', id, 'derivatives'], { ...options, query: { ...query } }),
    import: (url, labels, options) =>
      call('POST', ['images', 'import'], { ...options, body: { ...labels, url } }),
    importMany: (images, options) => call('POST', ['images', 'imports'], { ...options, body: { images } }),
    importResults: (taskId, query, options) =>
      call('GET', ['images', 'imports', taskId], { ...options, query: { ...query } }),
    restore: (id, options) => call('POST', ['images', id, 'restore'], options),
    download: (order, options) => call('POST', ['images', 'downloads'], { ...options, body: order }),
    bulk: (order, options) => call('POST', ['images', 'bulk'], { ...options, body: order }),
    duplicates: (id, query, options) =>
      call('GET', ['images', id, 'duplicates'], { ...options, query: { ...query } }),
  }
}

function formOf(file: Blob, { title, tags = [], alt, metadata, name }: UploadLabels = {}): FormData {
  const form = new FormData()
  if (title !== undefined) form.append('title', title)
  for (const tag of tags) form.append('tags', tag)
  if (alt !== undefined && alt !== null) form.append('alt', alt)
  if (metadata !== undefined) form.append('metadata', JSON.stringify(metadata))
  if (name === undefined) form.append('file', file)
  else form.append('file', file, name)
  return form
}

function replacementForm(file: Blob, { focal, name }: Replacement = {}): FormData {
  const form = new FormData()
  if (focal !== undefined) form.append('focal', JSON.stringify(focal))
  if (name === undefined) form.append('file', file)
  else form.append('file', file, name)
  return form
}

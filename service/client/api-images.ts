import type { Call, CallOptions, Put } from './api-call.ts'
import { uploadDirect } from './api-direct.ts'
import type {
  EagerProgress,
  EagerRequest,
  Image,
  ImageChanges,
  ImageQuery,
  Page,
  PageQuery,
  StoredDerivative,
  UploadLabels,
} from './api-types.ts'

/** `/api/v1/images`. */
export interface ImagesApi {
  /** In Node `openAsBlob(path)` gives a file that is not read into memory first. */
  upload(file: Blob, labels?: UploadLabels, options?: CallOptions): Promise<Image>
  /**
   * The same past the service: the file goes to its object store where that is reached from here (of a browser the bucket's
   * CORS rules must allow it), and is read into memory to be hashed.
   */
  uploadDirect(file: Blob, labels?: UploadLabels, options?: CallOptions): Promise<Image>
  list(query?: ImageQuery, options?: CallOptions): Promise<Page<Image>>
  /** Every image of a query, page by page as they are taken. */
  each(query?: ImageQuery, options?: CallOptions): AsyncGenerator<Image, void, undefined>
  get(id: string, options?: CallOptions): Promise<Image>
  /** What is absent stays as it is. */
  update(id: string, changes: ImageChanges, options?: CallOptions): Promise<Image>
  delete(id: string, options?: CallOptions): Promise<void>
  /** Takes its derivatives away before the answer. */
  purge(id: string, options?: CallOptions): Promise<{ readonly derivatives: number }>
  /** Orders derivatives ahead of their first request; without a request those of the eager presets. */
  eager(id: string, request?: EagerRequest, options?: CallOptions): Promise<EagerProgress>
  /** What became of what `eager` ordered. */
  progress(id: string, options?: CallOptions): Promise<EagerProgress>
  derivatives(id: string, query?: PageQuery, options?: CallOptions): Promise<Page<StoredDerivative>>
}

export function imagesApi(call: Call, put: Put): ImagesApi {
  const list: ImagesApi['list'] = (query, options) =>
    call('GET', ['images'], { ...options, query: { ...query } })
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
    delete: (id, options) => call('DELETE', ['images', id], options),
    purge: (id, options) => call('POST', ['images', id, 'purge'], options),
    eager: (id, request, options) => call('POST', ['images', id, 'eager'], { ...options, body: request }),
    progress: (id, options) => call('GET', ['images', id, 'eager'], options),
    derivatives: (id, query, options) =>
      call('GET', ['images', id, 'derivatives'], { ...options, query: { ...query } }),
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

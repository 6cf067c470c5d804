import type {
  AnyPurgeTarget,
  ApiKey,
  AuditEntry,
  AuditQuery,
  BulkAction,
  BulkResult,
  Delivery,
  Derivative,
  DownloadLink,
  Duplicate,
  Explanation,
  Folder,
  Holdings,
  Image,
  ImageChanges,
  ImageFilters,
  ImportEntry,
  Info,
  Job,
  Jobs,
  KeyState,
  Me,
  MeChanges,
  Neighbours,
  NewTakedown,
  Operations,
  Page,
  Policy,
  PolicyRules,
  Preset,
  Session,
  Signed,
  SignedInUser,
  SigningKey,
  SigningRequest,
  TagPage,
  Takedown,
  Task,
  UploadedImage,
  Usage,
  UsageDay,
  UsageName,
  User,
  UserChanges,
  Webhook,
} from './api-types.ts'
import { call, problemOf } from './calls.ts'
import { ofVersion } from './image-version.ts'

/** The filters of the image list. Empty values are omitted from the request. */
export interface ImageQuery {
  readonly q?: string
  readonly tag?: string
  /** A tag with slashes: also the images of tags below it. */
  readonly folder?: string
  /** `name:value` of the custom metadata. */
  readonly metadata?: string
  readonly format?: string
  readonly sort?: string
  /** Only the images with these ids, separated by commas. */
  readonly ids?: string
  readonly cursor?: string
  readonly limit?: number
  /** Lists deleted images that can be restored, instead of the present ones. */
  readonly deleted?: 'true' | ''
}

/** Which images an archive contains: those with some ids, or those that a query lists. */
export type DownloadOrder = { readonly fileName: string } & (
  | { readonly ids: readonly string[] }
  | { readonly filter: Readonly<Record<string, string>> }
)

/** The fields of a webhook that a user sets. */
export type WebhookContent = Pick<Webhook, 'url' | 'events'>

/** The derivatives of many images that a purge removes. */
export type PurgeTarget = Exclude<AnyPurgeTarget, { readonly imageId: string }>

/** How long an import may take, in milliseconds: the service fetches and processes the file before it responds. */
const importTimeoutMs = 200_000

/** The maximum number of requests in one signing batch. */
export const batchSize = 100

const part = encodeURIComponent

function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const present = Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(present.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}

/** Every API call of the dashboard. Each throws `Problem` when it fails. */
export const api = {
  login: (email: string, password: string) => call<Session>('POST', '/auth/login', { email, password }),
  logout: () => call<void>('POST', '/auth/logout'),
  me: () => call<Me>('GET', '/me'),
  changePassword: (current: string, next: string) => call<void>('POST', '/me/password', { current, next }),

  images: (query: ImageQuery, signal?: AbortSignal) =>
    call<Page<Image>>('GET', `/images${queryOf({ ...query })}`, undefined, signal),
  /** The tags of the images of a query, the most used first. */
  tags: (query: ImageQuery & { readonly prefix?: string }, signal?: AbortSignal) =>
    call<TagPage>('GET', `/images/tags${queryOf({ ...query })}`, undefined, signal),
  folders: (query: { readonly parent: string; readonly limit: number }, signal?: AbortSignal) =>
    call<Page<Folder>>('GET', `/images/folders${queryOf({ ...query })}`, undefined, signal),
  /** Makes a link that downloads the originals of images as one archive. */
  download: (images: DownloadOrder) => call<DownloadLink>('POST', '/images/downloads', images),
  image: (id: string, signal?: AbortSignal) => call<Image>('GET', `/images/${part(id)}`, undefined, signal),
  neighbours: (id: string, filters: ImageFilters, signal?: AbortSignal) =>
    call<Neighbours>('GET', `/images/${part(id)}/neighbours${queryOf({ ...filters })}`, undefined, signal),
  duplicates: (id: string, limit: number, signal?: AbortSignal) =>
    call<{ items: readonly Duplicate[] }>(
      'GET',
      `/images/${part(id)}/duplicates${queryOf({ limit })}`,
      undefined,
      signal,
    ),
  changeImage: (id: string, changes: ImageChanges) => call<Image>('PATCH', `/images/${part(id)}`, changes),
  deleteImage: (id: string) => call<void>('DELETE', `/images/${part(id)}`),
  /** Deletes an image permanently, including one that is already deleted. */
  removeImage: (id: string) => call<void>('DELETE', `/images/${part(id)}?purge=true`),
  bulk: (ids: readonly string[], action: BulkAction, tags?: readonly string[]) =>
    call<{ items: readonly BulkResult[] }>('POST', '/images/bulk', {
      ids,
      action,
      ...(tags ? { tags } : {}),
    }),
  /** Imports an image from a URL. */
  importImage: (url: string, title: string, tags: readonly string[], signal: AbortSignal) =>
    call<UploadedImage>('POST', '/images/import', { url, title, tags }, signal, importTimeoutMs),
  /** Imports many images in the background. */
  importMany: (images: readonly ImportEntry[]) =>
    call<{ taskId: string; images: number }>('POST', '/images/imports', { images }),
  /** Purges derivatives of many images in the background. */
  purge: (target: PurgeTarget) => call<{ queued: true; taskId: string }>('POST', '/purge', target),
  purgeImage: (id: string) => call<{ derivatives: number }>('POST', `/images/${part(id)}/purge`),
  derivatives: (id: string, cursor?: string, signal?: AbortSignal) =>
    call<Page<Derivative>>(
      'GET',
      `/images/${part(id)}/derivatives${queryOf({ limit: 100, cursor })}`,
      undefined,
      signal,
    ),

  operations: () => call<Operations>('GET', '/operations'),
  sign: (request: SigningRequest, signal?: AbortSignal) => call<Signed>('POST', '/sign', request, signal),
  signAll: (requests: readonly SigningRequest[], signal?: AbortSignal) =>
    call<readonly Signed[]>('POST', '/sign/batch', requests, signal),

  /** Explains how an image URL would be served. The path needs no signature. */
  explain: (path: string, signal?: AbortSignal) => call<Explanation>('POST', '/explain', { path }, signal),

  presets: (cursor?: string, limit = 200) =>
    call<Page<Preset>>('GET', `/presets${queryOf({ limit, cursor })}`),
  deletePreset: (name: string) => call<void>('DELETE', `/presets/${part(name)}`),
  putPreset: (name: string, operations: string, eager: boolean) =>
    call<Preset>('PUT', `/presets/${part(name)}`, { operations, eager }),

  policies: (cursor: string | undefined, signal?: AbortSignal) =>
    call<Page<Policy>>('GET', `/policies${queryOf({ cursor })}`, undefined, signal),
  policy: (name: string, signal?: AbortSignal) =>
    call<Policy>('GET', `/policies/${part(name)}`, undefined, signal),
  putPolicy: (name: string, rules: PolicyRules) => call<Policy>('PUT', `/policies/${part(name)}`, rules),
  deletePolicy: (name: string) => call<void>('DELETE', `/policies/${part(name)}`),

  usage: (from: string, signal?: AbortSignal) =>
    call<Usage<UsageDay>>('GET', `/usage${queryOf({ from })}`, undefined, signal),
  usageBy: (by: 'image' | 'transform' | 'code', from: string, signal?: AbortSignal) =>
    call<Usage<UsageName>>('GET', `/usage${queryOf({ by, from })}`, undefined, signal),

  jobs: (cursor?: string) => call<Jobs>('GET', `/jobs${queryOf({ cursor })}`),
  tasks: (query: {
    readonly cursor?: string
    readonly kind?: string
    readonly userId?: string
    readonly limit?: number
  }) => call<Page<Task>>('GET', `/jobs/tasks${queryOf({ ...query })}`),
  retryJob: ({ id }: Pick<Job, 'id'>) => call<void>('POST', `/jobs/${part(id)}/retry`),
  cancelTask: ({ id }: Task) => call<void>('POST', `/jobs/${part(id)}/cancel`),

  signingKeys: () => call<Page<SigningKey>>('GET', '/signing-keys'),
  createSigningKey: () => call<SigningKey>('POST', '/signing-keys', {}),
  setSigningKeyState: (id: string, state: KeyState) =>
    call<SigningKey>('PATCH', `/signing-keys/${part(id)}`, { state }),
  apiKeys: (cursor?: string) => call<Page<ApiKey>>('GET', `/api-keys${queryOf({ cursor })}`),
  createApiKey: (name: string, scopes: readonly string[], expiresAt?: string) =>
    call<ApiKey>('POST', '/api-keys', { name, scopes, ...(expiresAt ? { expiresAt } : {}) }),
  revokeApiKey: (id: string) => call<void>('DELETE', `/api-keys/${part(id)}`),

  webhooks: (signal?: AbortSignal) => call<Page<Webhook>>('GET', '/webhooks', undefined, signal),
  webhook: (id: string, signal?: AbortSignal) =>
    call<Webhook>('GET', `/webhooks/${part(id)}`, undefined, signal),
  createWebhook: (content: WebhookContent) => call<Webhook>('POST', '/webhooks', content),
  changeWebhook: (id: string, content: WebhookContent) =>
    call<Webhook>('PATCH', `/webhooks/${part(id)}`, content),
  deleteWebhook: (id: string) => call<void>('DELETE', `/webhooks/${part(id)}`),
  deliveries: (id: string, signal?: AbortSignal) =>
    call<Page<Delivery>>('GET', `/webhooks/${part(id)}/deliveries`, undefined, signal),
  redeliver: (id: string, deliveryId: string) =>
    call<Delivery>('POST', `/webhooks/${part(id)}/deliveries/${part(deliveryId)}/redeliver`),
  sendTestEvent: (id: string) => call<Delivery>('POST', `/webhooks/${part(id)}/test`),

  ownHoldings: (signal?: AbortSignal) => call<Holdings>('GET', '/me/holdings', undefined, signal),
  changeMe: (changes: MeChanges) => call<Me>('PATCH', '/me', changes),
  audit: (query: AuditQuery, signal?: AbortSignal) =>
    call<Page<AuditEntry>>('GET', `/audit${queryOf({ ...query })}`, undefined, signal),
  takedowns: (cursor: string | undefined, signal?: AbortSignal) =>
    call<Page<Takedown>>('GET', `/takedowns${queryOf({ cursor })}`, undefined, signal),
  takeDown: (content: NewTakedown) => call<Takedown & { images: number }>('POST', '/takedowns', content),
  liftTakedown: (sha256: string) => call<void>('DELETE', `/takedowns/${part(sha256)}`),

  users: (cursor: string | undefined, signal?: AbortSignal, limit?: number) =>
    call<Page<User>>('GET', `/users${queryOf({ cursor, limit })}`, undefined, signal),
  user: (id: string, signal?: AbortSignal) => call<User>('GET', `/users/${part(id)}`, undefined, signal),
  holdings: (id: string, signal?: AbortSignal) =>
    call<Holdings>('GET', `/users/${part(id)}/holdings`, undefined, signal),
  createUser: (email: string, password: string, role: SignedInUser['role']) =>
    call<User>('POST', '/users', { email, password, role }),
  changeUser: (id: string, changes: UserChanges) => call<User>('PATCH', `/users/${part(id)}`, changes),
  resetPassword: (id: string, password: string) =>
    call<void>('POST', `/users/${part(id)}/password`, { password }),
  deleteUser: (id: string) => call<void>('DELETE', `/users/${part(id)}`),

  /** Loads the analysis of an image's pixels. It is a derivative, so its URL is signed and then fetched. */
  async info(image: Pick<Image, 'id' | 'sha256'>, signal?: AbortSignal): Promise<Info> {
    const request = { imageId: image.id, operations: [{ op: 'info' }], format: 'json' }
    const { path } = await api.sign(request, signal)
    const response = await fetch(ofVersion(path, image), signal ? { signal } : {})
    if (!response.ok) throw await problemOf(response)
    return response.json()
  },
}

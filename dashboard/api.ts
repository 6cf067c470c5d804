import type {
  ApiKey,
  Derivative,
  Image,
  ImageChanges,
  Info,
  Job,
  Jobs,
  KeyState,
  Operations,
  Page,
  Preset,
  Session,
  Signed,
  SigningKey,
  SigningRequest,
  Usage,
  UsageDay,
  UsageName,
} from './api-types.ts'
import { call, problemOf } from './calls.ts'

/** What the library asks for; an empty value is left out. */
export interface ImageQuery {
  readonly q?: string
  readonly tag?: string
  readonly format?: string
  readonly sort?: string
  /** Only these, with commas between. */
  readonly ids?: string
  readonly cursor?: string
  readonly limit?: number
}

/** As many requests as one batch of signing may have. */
export const batchSize = 100

const part = encodeURIComponent

function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const present = Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(present.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}

/** Every call of the API that the dashboard makes. All throw `Problem`. */
export const api = {
  login: (email: string, password: string) => call<Session>('POST', '/auth/login', { email, password }),
  logout: () => call<void>('POST', '/auth/logout'),

  images: (query: ImageQuery, signal?: AbortSignal) =>
    call<Page<Image>>('GET', `/images${queryOf({ ...query })}`, undefined, signal),
  image: (id: string, signal?: AbortSignal) => call<Image>('GET', `/images/${part(id)}`, undefined, signal),
  changeImage: (id: string, changes: ImageChanges) => call<Image>('PATCH', `/images/${part(id)}`, changes),
  deleteImage: (id: string) => call<void>('DELETE', `/images/${part(id)}`),
  purgeImage: (id: string) => call<{ derivatives: number }>('POST', `/images/${part(id)}/purge`),
  derivatives: (id: string, cursor?: string) =>
    call<Page<Derivative>>('GET', `/images/${part(id)}/derivatives${queryOf({ limit: 100, cursor })}`),

  operations: () => call<Operations>('GET', '/operations'),
  sign: (request: SigningRequest, signal?: AbortSignal) => call<Signed>('POST', '/sign', request, signal),
  signAll: (requests: readonly SigningRequest[], signal?: AbortSignal) =>
    call<readonly Signed[]>('POST', '/sign/batch', requests, signal),

  presets: () => call<Page<Preset>>('GET', '/presets?limit=200'),
  putPreset: (name: string, operations: string, eager: boolean) =>
    call<Preset>('PUT', `/presets/${part(name)}`, { operations, eager }),

  usage: (from: string, signal?: AbortSignal) =>
    call<Usage<UsageDay>>('GET', `/usage${queryOf({ from })}`, undefined, signal),
  usageBy: (by: 'image' | 'transform' | 'code', from: string, signal?: AbortSignal) =>
    call<Usage<UsageName>>('GET', `/usage${queryOf({ by, from })}`, undefined, signal),

  jobs: (cursor?: string) => call<Jobs>('GET', `/jobs${queryOf({ cursor })}`),
  retryJob: ({ id }: Job) => call<void>('POST', `/jobs/${part(id)}/retry`),

  signingKeys: () => call<Page<SigningKey>>('GET', '/signing-keys'),
  createSigningKey: () => call<SigningKey>('POST', '/signing-keys', {}),
  setSigningKeyState: (id: string, state: KeyState) =>
    call<SigningKey>('PATCH', `/signing-keys/${part(id)}`, { state }),
  apiKeys: () => call<Page<ApiKey>>('GET', '/api-keys'),
  createApiKey: (name: string, scopes: readonly string[], expiresAt?: string) =>
    call<ApiKey>('POST', '/api-keys', { name, scopes, ...(expiresAt ? { expiresAt } : {}) }),
  revokeApiKey: (id: string) => call<void>('DELETE', `/api-keys/${part(id)}`),

  /** What is known of an image's pixels; its description is a derivative, so it is signed and then fetched. */
  async info(imageId: string, signal?: AbortSignal): Promise<Info> {
    const { path } = await api.sign({ imageId, operations: [{ op: 'info' }], format: 'json' }, signal)
    const response = await fetch(path, signal ? { signal } : {})
    if (!response.ok) throw await problemOf(response)
    return response.json()
  },
}

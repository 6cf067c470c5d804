import type {
  ApiKey,
  Fallback,
  JobPage,
  Me,
  NewApiKey,
  NewUser,
  SigningKeyInfo,
  SigningKeyState,
  User,
  UserChanges,
  WithSecret,
} from './api-account-types.ts'
import { type ApiOptions, type Call, type CallOptions, createCall, createPut } from './api-call.ts'
import { type ImagesApi, imagesApi } from './api-images.ts'
import type {
  Page,
  PageQuery,
  Policy,
  PolicyRules,
  Preset,
  PresetRules,
  Purged,
  PurgeTarget,
  Signed,
  SignRequest,
} from './api-types.ts'

/** Things that have names. */
export interface NamedApi<Thing, Rules> {
  list(query?: PageQuery, options?: CallOptions): Promise<Page<Thing>>
  get(name: string, options?: CallOptions): Promise<Thing>
  /** Makes it, or replaces it. */
  put(name: string, rules: Rules, options?: CallOptions): Promise<Thing>
  delete(name: string, options?: CallOptions): Promise<void>
}

/** The API under `/api/v1`. All calls throw `DarkroomApiError`, and whatever `fetch` throws. */
export interface Api {
  readonly images: ImagesApi
  readonly presets: NamedApi<Preset, PresetRules>
  readonly policies: NamedApi<Policy, PolicyRules>
  sign(request: SignRequest, options?: CallOptions): Promise<Signed>
  /** Signs all, at most 100, or none; in their order. */
  signBatch(requests: readonly SignRequest[], options?: CallOptions): Promise<readonly Signed[]>
  purge(target: PurgeTarget, options?: CallOptions): Promise<Purged>
  /** Jobs that were given up. */
  readonly jobs: {
    list(query?: PageQuery, options?: CallOptions): Promise<JobPage>
    retry(id: string, options?: CallOptions): Promise<void>
  }
  readonly signingKeys: {
    list(options?: CallOptions): Promise<Page<SigningKeyInfo>>
    create(options?: CallOptions): Promise<SigningKeyInfo & WithSecret>
    setState(id: string, state: SigningKeyState, options?: CallOptions): Promise<SigningKeyInfo>
  }
  readonly apiKeys: {
    list(query?: PageQuery, options?: CallOptions): Promise<Page<ApiKey>>
    create(key: NewApiKey, options?: CallOptions): Promise<ApiKey & WithSecret>
    revoke(id: string, options?: CallOptions): Promise<void>
  }
  readonly me: {
    get(options?: CallOptions): Promise<Me>
    update(changes: { readonly fallback: Fallback }, options?: CallOptions): Promise<Me>
  }
  /** For administrators. */
  readonly users: {
    list(query?: PageQuery, options?: CallOptions): Promise<Page<User>>
    create(user: NewUser, options?: CallOptions): Promise<User>
    get(id: string, options?: CallOptions): Promise<User>
    update(id: string, changes: UserChanges, options?: CallOptions): Promise<User>
  }
}

/** Typed calls of the API, with a session's token or an API key: keep those of others than the visitor on servers. */
export function createApi(options: ApiOptions): Api {
  const call = createCall(options)
  return {
    images: imagesApi(call, createPut(options)),
    presets: namedApi(call, 'presets'),
    policies: namedApi(call, 'policies'),
    ...keysApi(call),
    ...peopleApi(call),
    sign: (request, options) => call('POST', ['sign'], { ...options, body: request }),
    signBatch: (requests, options) => call('POST', ['sign', 'batch'], { ...options, body: requests }),
    purge: (target, options) => call('POST', ['purge'], { ...options, body: target }),
    jobs: {
      list: (query, options) => call('GET', ['jobs'], { ...options, query: { ...query } }),
      retry: (id, options) => call('POST', ['jobs', id, 'retry'], options),
    },
  }
}

function keysApi(call: Call): Pick<Api, 'signingKeys' | 'apiKeys'> {
  return {
    signingKeys: {
      list: options => call('GET', ['signing-keys'], options),
      create: options => call('POST', ['signing-keys'], options),
      setState: (id, state, options) => call('PATCH', ['signing-keys', id], { ...options, body: { state } }),
    },
    apiKeys: {
      list: (query, options) => call('GET', ['api-keys'], { ...options, query: { ...query } }),
      create: (key, options) => call('POST', ['api-keys'], { ...options, body: key }),
      revoke: (id, options) => call('DELETE', ['api-keys', id], options),
    },
  }
}

function peopleApi(call: Call): Pick<Api, 'me' | 'users'> {
  return {
    me: {
      get: options => call('GET', ['me'], options),
      update: (changes, options) => call('PATCH', ['me'], { ...options, body: changes }),
    },
    users: {
      list: (query, options) => call('GET', ['users'], { ...options, query: { ...query } }),
      create: (user, options) => call('POST', ['users'], { ...options, body: user }),
      get: (id, options) => call('GET', ['users', id], options),
      update: (id, changes, options) => call('PATCH', ['users', id], { ...options, body: changes }),
    },
  }
}

function namedApi<Thing, Rules>(call: Call, kind: string): NamedApi<Thing, Rules> {
  return {
    list: (query, options) => call('GET', [kind], { ...options, query: { ...query } }),
    get: (name, options) => call('GET', [kind, name], options),
    put: (name, rules, options) => call('PUT', [kind, name], { ...options, body: rules }),
    delete: (name, options) => call('DELETE', [kind, name], options),
  }
}

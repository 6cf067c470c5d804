import type {
  ApiKey,
  JobPage,
  NewApiKey,
  SigningKeyInfo,
  SigningKeyState,
  Task,
  TaskQuery,
  WithSecret,
} from './api-account-types.ts'
import { type ApiOptions, type Call, type CallOptions, createCall, createPut } from './api-call.ts'
import type {
  Policy,
  PolicyRules,
  Preset,
  PresetRules,
  Purged,
  PurgeTarget,
  Signed,
  SignRequest,
} from './api-derivative-types.ts'
import { type ImagesApi, imagesApi } from './api-images.ts'
import { type NamedApi, namedApi } from './api-named.ts'
import { type PeopleApi, peopleApi } from './api-people.ts'
import type {
  ExplainRequest,
  Explanation,
  OperationList,
  UsageDay,
  UsageName,
  UsageQuery,
  UsageReport,
} from './api-report-types.ts'
import type { Page, PageQuery } from './api-types.ts'
import { type WebhooksApi, webhooksApi } from './api-webhooks.ts'

/** The API under `/api/v1`. All calls throw `DarkroomApiError`, or the error of `fetch`. */
export interface Api extends PeopleApi {
  readonly images: ImagesApi
  readonly presets: NamedApi<Preset, PresetRules>
  readonly policies: NamedApi<Policy, PolicyRules>
  sign(request: SignRequest, options?: CallOptions): Promise<Signed>
  /** Signs at most 100 URLs, all or none. Results are in the order of the requests. */
  signBatch(requests: readonly SignRequest[], options?: CallOptions): Promise<readonly Signed[]>
  purge(target: PurgeTarget, options?: CallOptions): Promise<Purged>
  /**
   * Jobs that failed, or that wait until a dependency is available again, and long work with its progress. What failed can
   * be retried, and a purge of many images can be cancelled.
   */
  readonly jobs: {
    list(query?: PageQuery, options?: CallOptions): Promise<JobPage>
    /** Long work with its progress: unfinished tasks, the earliest first, then those that ended lately. */
    tasks(query?: TaskQuery, options?: CallOptions): Promise<Page<Task>>
    retry(id: string, options?: CallOptions): Promise<void>
    cancel(id: string, options?: CallOptions): Promise<void>
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
  readonly webhooks: WebhooksApi
  /** Usage by day, or by image, transform or error code, the most frequent first. */
  usage(query?: UsageQuery<'day'>, options?: CallOptions): Promise<UsageReport>
  usage(query: UsageQuery, options?: CallOptions): Promise<UsageReport<UsageDay | UsageName>>
  /** Explains what a request for an image URL would do, without rendering anything. */
  explain(request: ExplainRequest, options?: CallOptions): Promise<Explanation>
  /** Returns every operation with its options as data, and the output formats. */
  operations(options?: CallOptions): Promise<OperationList>
}

/** Creates a typed client of the API with a session's token or an API key. Keep API keys on the server. */
export function createApi(options: ApiOptions): Api {
  const call = createCall(options)
  return {
    images: imagesApi(call, createPut(options)),
    presets: namedApi(call, 'presets'),
    policies: namedApi(call, 'policies'),
    ...keysApi(call),
    ...peopleApi(call),
    webhooks: webhooksApi(call),
    usage: (query: UsageQuery = {}, options?: CallOptions) =>
      call<never>('GET', ['usage'], { ...options, query: { ...query } }),
    explain: (request, options) => call('POST', ['explain'], { ...options, body: request }),
    operations: options => call('GET', ['operations'], options),
    sign: (request, options) => call('POST', ['sign'], { ...options, body: request }),
    signBatch: (requests, options) => call('POST', ['sign', 'batch'], { ...options, body: requests }),
    purge: (target, options) => call('POST', ['purge'], { ...options, body: target }),
    jobs: {
      list: (query, options) => call('GET', ['jobs'], { ...options, query: { ...query } }),
      tasks: (query, options) => call('GET', ['jobs', 'tasks'], { ...options, query: { ...query } }),
      retry: (id, options) => call('POST', ['jobs', id, 'retry'], options),
      cancel: (id, options) => call('POST', ['jobs', id, 'cancel'], options),
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

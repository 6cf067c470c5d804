import type {
  AuditEntry,
  AuditQuery,
  Holdings,
  Me,
  MeChanges,
  NewTakedown,
  NewUser,
  Takedown,
  User,
  UserChanges,
} from './api-account-types.ts'
import type { Call, CallOptions } from './api-call.ts'
import type { Preset, PresetRules } from './api-derivative-types.ts'
import { type NamedApi, namedApi } from './api-named.ts'
import type { Page, PageQuery } from './api-types.ts'

/** Routes for the caller's own account and for administration. */
export interface PeopleApi {
  readonly me: {
    get(options?: CallOptions): Promise<Me>
    /** Returns your current usage, which your limits apply to. */
    holdings(options?: CallOptions): Promise<Holdings>
    update(changes: MeChanges, options?: CallOptions): Promise<Me>
    /** Requires a session's token. Ends the user's other sessions. */
    changePassword(
      passwords: { readonly current: string; readonly next: string },
      options?: CallOptions,
    ): Promise<void>
    /** Requires a session's token. Ends all sessions, including this one. */
    logoutEverywhere(options?: CallOptions): Promise<void>
  }
  /** For administrators. */
  readonly users: {
    list(query?: PageQuery, options?: CallOptions): Promise<Page<User>>
    create(user: NewUser, options?: CallOptions): Promise<User>
    get(id: string, options?: CallOptions): Promise<User>
    update(id: string, changes: UserChanges, options?: CallOptions): Promise<User>
    /** Deletes the user and all of their data. */
    delete(id: string, options?: CallOptions): Promise<void>
    /** Returns the user's current usage, which their limits apply to. */
    holdings(id: string, options?: CallOptions): Promise<Holdings>
    /** Requires a session's token. Ends all of the user's sessions. */
    resetPassword(id: string, password: string, options?: CallOptions): Promise<void>
    /** The presets of a user, who cannot write them if their URLs may only use presets. */
    presets(id: string): NamedApi<Preset, PresetRules>
  }
  /** For administrators. */
  readonly takedowns: {
    list(query?: PageQuery, options?: CallOptions): Promise<Page<Takedown>>
    /** Deletes all images with this content and blocks it. @returns also the number of deleted images */
    take(content: NewTakedown, options?: CallOptions): Promise<Takedown & { readonly images: number }>
    lift(sha256: string, options?: CallOptions): Promise<void>
  }
  /** Returns the audit log, latest entry first. For administrators. */
  audit(query?: AuditQuery, options?: CallOptions): Promise<Page<AuditEntry>>
}

export function peopleApi(call: Call): PeopleApi {
  return {
    me: {
      get: options => call('GET', ['me'], options),
      holdings: options => call('GET', ['me', 'holdings'], options),
      update: (changes, options) => call('PATCH', ['me'], { ...options, body: changes }),
      changePassword: (passwords, options) =>
        call('POST', ['me', 'password'], { ...options, body: passwords }),
      logoutEverywhere: options => call('POST', ['auth', 'logout-everywhere'], options),
    },
    users: {
      list: (query, options) => call('GET', ['users'], { ...options, query: { ...query } }),
      create: (user, options) => call('POST', ['users'], { ...options, body: user }),
      get: (id, options) => call('GET', ['users', id], options),
      update: (id, changes, options) => call('PATCH', ['users', id], { ...options, body: changes }),
      delete: (id, options) => call('DELETE', ['users', id], options),
      holdings: (id, options) => call('GET', ['users', id, 'holdings'], options),
      resetPassword: (id, password, options) =>
        call('POST', ['users', id, 'password'], { ...options, body: { password } }),
      presets: id => namedApi(call, 'users', id, 'presets'),
    },
    takedowns: {
      list: (query, options) => call('GET', ['takedowns'], { ...options, query: { ...query } }),
      take: (content, options) => call('POST', ['takedowns'], { ...options, body: content }),
      lift: (sha256, options) => call('DELETE', ['takedowns', sha256], options),
    },
    audit: (query, options) => call('GET', ['audit'], { ...options, query: { ...query } }),
  }
}

import type { Call, CallOptions } from './api-call.ts'
import type { Page, PageQuery } from './api-types.ts'

/** Routes for presets or policies, which are identified by their names. */
export interface NamedApi<Thing, Rules> {
  list(query?: PageQuery, options?: CallOptions): Promise<Page<Thing>>
  get(name: string, options?: CallOptions): Promise<Thing>
  /** Creates or replaces an entry. */
  put(name: string, rules: Rules, options?: CallOptions): Promise<Thing>
  delete(name: string, options?: CallOptions): Promise<void>
}

/** @param base the path segments of the list */
export function namedApi<Thing, Rules>(call: Call, ...base: readonly string[]): NamedApi<Thing, Rules> {
  return {
    list: (query, options) => call('GET', base, { ...options, query: { ...query } }),
    get: (name, options) => call('GET', [...base, name], options),
    put: (name, rules, options) => call('PUT', [...base, name], { ...options, body: rules }),
    delete: (name, options) => call('DELETE', [...base, name], options),
  }
}

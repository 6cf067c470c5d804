import type { TagHeaders } from './surrogate-keys.ts'

/** What a cache in front is told. */
export interface PurgeCall {
  /** What it shall forget. */
  readonly tags: readonly string[]
  /** Why, in a word. */
  readonly reason: string
  /** When it became so, in Unix seconds. */
  readonly at: number
}

/** A call as it is sent: a `POST` of JSON. */
export interface PurgeRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A kind of cache in front. One file of `all/` each. */
export interface EdgeProvider {
  /** Of the file; failures name it. */
  readonly name: string
  /** Of the URLs that mean it, with their colon. */
  readonly protocols: readonly string[]
  /** How many tags one call may have. */
  readonly maxTags: number
  /**
   * How to call the cache at a place.
   * @throws Error what is wrong with the place, without repeating it
   */
  open(place: URL, token: string): (call: PurgeCall) => PurgeRequest
  /** How it wants to be told the tags of a response, where that is not the contract's header. */
  readonly tagHeaders?: TagHeaders
  /** Whether a successful answer says that nothing was done. */
  isFailure?(answer: string): boolean
}

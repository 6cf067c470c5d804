import type { TagHeaders } from './surrogate-keys.ts'

/** A purge by surrogate keys. */
export interface PurgeCall {
  /** The surrogate keys of the responses to remove. */
  readonly tags: readonly string[]
  /** Why, in one word. */
  readonly reason: string
  /** When the content changed, in Unix seconds. */
  readonly at: number
}

/** A purge call as it is sent: a `POST` of JSON. */
export interface PurgeRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A kind of CDN, one file of `all/` each. */
export interface EdgeProvider {
  /** The name of its file. Failures mention it. */
  readonly name: string
  /** The protocols of its URLs in `DARKROOM_EDGE_PURGE`, each with its colon. */
  readonly protocols: readonly string[]
  /** The tags that one call may have. */
  readonly maxTags: number
  /**
   * Creates the function that makes requests to the CDN of a URL.
   * @throws Error that says what is wrong with the URL, without repeating it
   */
  open(url: URL, token: string): (call: PurgeCall) => PurgeRequest
  /** Creates the headers with the tags of a response. By default, the tags are in `Cache-Tag`. */
  readonly tagHeaders?: TagHeaders
  /** Whether the body of a successful response reports a failure. */
  isFailure?(body: string): boolean
}

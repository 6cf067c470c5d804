import type { OptionSpec } from '../url/option.ts'
import type { OperationStep } from './operations.generated.ts'

/** What the API answers of usage, of what a URL would do, of operations, and of webhooks. */

export type UsageBy = 'day' | 'image' | 'transform' | 'code'

export interface UsageQuery<By extends UsageBy = UsageBy> {
  /** First and last day, `YYYY-MM-DD`, UTC; the last 30 days without them. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly by?: By | undefined
  /** Somebody else, for administrators. */
  readonly userId?: string | undefined
}

export interface UsageDay {
  readonly day: string
  /** Of image URLs that were verified, errors included. */
  readonly requests: number
  readonly hits: Readonly<Record<'memory' | 'store' | 'miss' | 'shared', number>>
  readonly bytes: number
  readonly developments: number
  /** What the developments took, in milliseconds. */
  readonly cpuMs: number
  readonly errors: number
}

export interface UsageName {
  /** An id, a transform with its format, or a code as in problems. */
  readonly name: string
  readonly requests: number
  readonly bytes: number
}

/** Every day, the first first; or at most 200 names, the most frequent first. */
export interface UsageReport<Item extends UsageDay | UsageName = UsageDay> {
  readonly userId: string
  readonly from: string
  readonly to: string
  readonly by: string
  readonly items: readonly Item[]
}

export interface ExplainRequest {
  /** Of a derivative, as a client asks for it; it needs no signature. */
  readonly path: string
  /** The name of a policy, in place of the `p` of the query. */
  readonly policy?: string
  /** The `Accept` of the client; anything without it. */
  readonly accept?: string
}

export interface Explanation {
  readonly imageId: string
  /** In their order, with defaults, presets expanded and auto resolved. */
  readonly operations: readonly OperationStep[]
  readonly presets: readonly string[]
  /** The canonical name. */
  readonly file: string
  /** Of the object in the store. */
  readonly key: string
  readonly format: {
    readonly asked: string
    readonly chosen: string
    readonly contentType: string
    readonly vary: readonly string[]
  }
  /** Null for a description. */
  readonly output: {
    readonly width: number
    readonly height: number
    readonly frames: number
    readonly notes: readonly string[]
  } | null
  /** Names of stages; a pass is one pipeline. */
  readonly passes: readonly (readonly string[])[]
  readonly source: {
    readonly kind: 'original' | 'rung'
    readonly format: string
    readonly width: number
    readonly height: number
    readonly page: number
  } | null
  /** Milliseconds. */
  readonly cost: {
    readonly estimatedMs: number
    readonly expectedMs: number
    readonly finishingMs: number | null
    readonly heavy: boolean
  } | null
  /** What a request that finds nothing gets first. */
  readonly answer: 'final' | 'standin'
  readonly cache: {
    readonly state: 'memory' | 'store' | 'none'
    readonly variant: 'final' | 'standin' | null
    readonly bytes: number | null
    readonly why: string
  }
  /** What only pixels can tell. */
  readonly assumes: readonly string[]
}

export interface OperationInfo {
  readonly name: string
  readonly summary: string
  readonly example: string
  readonly options: readonly (OptionSpec & { readonly name: string })[]
}

export interface OperationList {
  readonly items: readonly OperationInfo[]
  readonly nextCursor: null
  /** That can be written. */
  readonly formats: readonly string[]
}

export type WebhookEvent = 'image.ready' | 'derivative.failed' | 'image.deleted' | 'quota.near'

export interface NewWebhook {
  /** Of a host with a public address; gets a POST of JSON. */
  readonly url: string
  readonly events: readonly WebhookEvent[]
}

export interface Webhook extends NewWebhook {
  readonly id: string
  readonly createdAt: string
}

export interface WebhookDelivery {
  /** The id in the body, too. */
  readonly id: string
  readonly event: WebhookEvent
  readonly status: 'pending' | 'delivered' | 'failed'
  readonly attempts: number
  readonly responseCode: number | null
  /** Why the last attempt was in vain. */
  readonly detail: string | null
  readonly createdAt: string
  /** Of the last attempt. */
  readonly at: string | null
}

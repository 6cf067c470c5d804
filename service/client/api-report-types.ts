import type { OptionSpec } from '../url/option.ts'
import type { OperationStep } from './operations.generated.ts'

/** Responses of the API about usage, explained URLs, operations and webhooks. */

export type UsageBy = 'day' | 'image' | 'transform' | 'code'

export interface UsageQuery<By extends UsageBy = UsageBy> {
  /** First and last day as `YYYY-MM-DD` in UTC; default: the last 30 days. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly by?: By | undefined
  /** Id of another user, for administrators. */
  readonly userId?: string | undefined
}

export interface UsageDay {
  readonly day: string
  /** Requests for verified image URLs, including failed ones. */
  readonly requests: number
  readonly hits: Readonly<Record<'memory' | 'store' | 'miss' | 'shared', number>>
  readonly bytes: number
  readonly developments: number
  /** Duration of the renderings, in milliseconds. */
  readonly cpuMs: number
  readonly errors: number
}

export interface UsageName {
  /** An image's id, a transform with its format, or an error code. */
  readonly name: string
  readonly requests: number
  readonly bytes: number
}

/** One item per day in ascending order, or at most 200 names, the most frequent first. */
export interface UsageReport<Item extends UsageDay | UsageName = UsageDay> {
  readonly userId: string
  readonly from: string
  readonly to: string
  readonly by: string
  readonly items: readonly Item[]
}

export interface ExplainRequest {
  /** Path of a derivative as a client requests it; the signature is optional. */
  readonly path: string
  /** A policy's name, which replaces the query parameter `p`. */
  readonly policy?: string
  /** The client's `Accept` header; the default is any format. */
  readonly accept?: string
}

export interface Explanation {
  readonly imageId: string
  /** The operations in order, with defaults filled in, presets expanded and `auto` resolved. */
  readonly operations: readonly OperationStep[]
  readonly presets: readonly string[]
  /** The derivative's canonical name. */
  readonly file: string
  /** The object's key in the store. */
  readonly key: string
  readonly format: {
    readonly asked: string
    readonly chosen: string
    readonly contentType: string
    readonly vary: readonly string[]
  }
  /** Null if the output is a description instead of an image. */
  readonly output: {
    readonly width: number
    readonly height: number
    readonly frames: number
    readonly notes: readonly string[]
  } | null
  /** Names of the stages of each pass; a pass is one pipeline. */
  readonly passes: readonly (readonly string[])[]
  readonly source: {
    readonly kind: 'original' | 'rung'
    readonly format: string
    readonly width: number
    readonly height: number
    readonly page: number
  } | null
  /** Durations in milliseconds. */
  readonly cost: {
    readonly estimatedMs: number
    readonly expectedMs: number
    readonly finishingMs: number | null
    readonly heavy: boolean
  } | null
  /** The first response to a request when the derivative is not cached. */
  /** The file name under which a browser saves the response; null to show it. */
  readonly download: string | null
  readonly answer: 'final' | 'standin'
  readonly cache: {
    readonly state: 'memory' | 'store' | 'none'
    readonly variant: 'final' | 'standin' | null
    readonly bytes: number | null
    readonly why: string
  }
  /** Assumptions that can only be checked by decoding the image. */
  readonly assumes: readonly string[]
}

export interface OperationInfo {
  readonly name: string
  /** The name in words. */
  readonly label: string
  /** One of `groups`. */
  readonly group: string
  readonly summary: string
  readonly example: string
  readonly options: readonly (OptionSpec & { readonly name: string })[]
}

export interface OperationList {
  readonly items: readonly OperationInfo[]
  readonly nextCursor: null
  /** The groups of operations, in the order of forms. */
  readonly groups: readonly string[]
  /** Output formats. */
  readonly formats: readonly string[]
}

export type WebhookEvent = 'image.ready' | 'derivative.failed' | 'image.deleted' | 'quota.near'

export interface NewWebhook {
  /** URL on a host with a public address, which receives a POST request with a JSON body. */
  readonly url: string
  readonly events: readonly WebhookEvent[]
}

export interface Webhook extends NewWebhook {
  readonly id: string
  readonly createdAt: string
}

export interface WebhookDelivery {
  /** The delivery's id, which is also in the body. */
  readonly id: string
  /** `webhook.test` for a test event. */
  readonly event: WebhookEvent | 'webhook.test'
  readonly status: 'pending' | 'delivered' | 'failed'
  readonly attempts: number
  readonly responseCode: number | null
  /** Why the last attempt failed. */
  readonly detail: string | null
  readonly createdAt: string
  /** Time of the last attempt. */
  readonly at: string | null
}

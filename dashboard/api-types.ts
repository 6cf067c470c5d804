import type { OptionSpec } from '../service/url/option.ts'

/** The shapes of the API that the dashboard reads. */

export interface User {
  readonly id: string
  readonly email: string
  readonly role: 'admin' | 'member'
}

export interface Session {
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  readonly user: User
}

export interface Focal {
  readonly x: number
  readonly y: number
}

export interface Image {
  readonly id: string
  readonly userId: string
  readonly title: string
  readonly tags: readonly string[]
  readonly format: string
  readonly width: number
  readonly height: number
  readonly pages: number
  readonly bytes: number
  readonly sha256: string
  readonly focal: Focal | null
  readonly rawUrl: string
  /** In base64. Null until the pixels were looked at. */
  readonly thumbhash: string | null
  readonly createdAt: string
  /** Of deleted images alone: until when they can be restored. */
  readonly keptUntil?: string
}

export type BulkAction = 'delete' | 'restore' | 'tag' | 'untag'

/** What became of one image of many. */
export interface BulkResult {
  readonly id: string
  readonly done: boolean
  /** Why it was not done. */
  readonly detail?: string
}

export interface ImageChanges {
  readonly title?: string
  readonly tags?: readonly string[]
  readonly focal?: Focal | null
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

export interface Operation {
  readonly name: string
  readonly summary: string
  readonly example: string
  readonly options: readonly (OptionSpec & { readonly name: string })[]
}

export interface Operations extends Page<Operation> {
  readonly formats: readonly string[]
}

export interface StepInput {
  readonly op: string
  readonly [option: string]: unknown
}

export interface SigningRequest {
  readonly imageId: string
  readonly operations: readonly StepInput[]
  readonly format: string
  /** Seconds. */
  readonly expiresIn?: number
}

export interface Signed {
  /** Below the service's public address: what is embedded in pages. */
  readonly url: string
  /** Path and query: what the dashboard itself loads, so that it never asks another host. */
  readonly path: string
  readonly expires: number | null
}

export interface Preset {
  readonly name: string
  readonly operations: string
  readonly eager: boolean
  readonly updatedAt: string
}

export interface Derivative {
  readonly fileName: string
  readonly format: string
  readonly width: number
  readonly height: number
  readonly bytes: number
  readonly costMs: number
  readonly createdAt: string
  /** Answers in the last 30 days, at least. */
  readonly hits: number
  readonly url?: string
}

export interface Job {
  readonly id: string
  readonly name: string
  readonly state: 'failed' | 'parked'
  readonly imageId: string | null
  readonly key: string
  readonly attempts: number
  readonly code: string
  readonly detail: string
  readonly failedAt: string
}

export interface Jobs extends Page<Job> {
  /** Jobs that wait, by name; for administrators. */
  readonly waiting?: Readonly<Record<string, number>>
}

/** What was used on a day. */
export interface UsageDay {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string
  readonly requests: number
  readonly hits: Readonly<Record<'memory' | 'store' | 'miss' | 'shared', number>>
  readonly bytes: number
  readonly developments: number
  readonly cpuMs: number
  readonly errors: number
}

/** How often something was asked for, or an error was answered. */
export interface UsageName {
  readonly name: string
  readonly requests: number
  readonly bytes: number
}

export interface Usage<Item> {
  readonly from: string
  readonly to: string
  readonly items: readonly Item[]
}

export type KeyState = 'active' | 'retiring' | 'revoked'

export interface SigningKey {
  readonly id: string
  readonly state: KeyState
  readonly createdAt: string
  /** Shown once, when the key is created. */
  readonly secret?: string
}

export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly createdAt: string
  readonly expiresAt?: string | null
  readonly lastUsedAt?: string | null
  /** Shown once, when the key is created. */
  readonly secret?: string
}

/** What a user may have at most; what is absent is not limited. */
export interface Limits {
  readonly storageBytes?: number
  readonly images?: number
  readonly developmentsPerDay?: number
  readonly outputPixels?: number
  readonly operations?: readonly string[]
  readonly formats?: readonly string[]
  readonly requestsPerSecond?: number
}

/** A user as administrators see him. */
export interface Account extends User {
  readonly presetsOnly: boolean
  readonly disabled: boolean
  readonly limits: Limits | null
  readonly createdAt: string
}

export interface AccountChanges {
  readonly role?: User['role']
  readonly presetsOnly?: boolean
  readonly disabled?: boolean
  readonly limits?: Limits | null
}

/** What limits are compared with. */
export interface Holdings {
  readonly images: number
  readonly storageBytes: number
  readonly developmentsToday: number
}

export const webhookEvents = ['image.ready', 'image.deleted', 'derivative.failed', 'quota.near'] as const
export type WebhookEvent = (typeof webhookEvents)[number]

export interface Webhook {
  readonly id: string
  readonly url: string
  readonly events: readonly WebhookEvent[]
  readonly createdAt: string
  /** Shown once, when the webhook is created. */
  readonly secret?: string
}

/** Something that a webhook was told, or is still to be told. */
export interface Delivery {
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

/** What `_info.json` tells of an image. */
export interface Info {
  readonly orientation: number
  readonly alpha: boolean
  readonly progressive: boolean
  readonly space: string
  readonly kind: 'photo' | 'graphic'
  readonly thumbhash: string
  readonly dominantColor: string
  readonly palette: readonly { readonly color: string; readonly share: number }[]
  readonly pHash: string
  readonly faces: readonly unknown[] | null
  readonly exif: Readonly<Record<string, string | number | boolean>>
}

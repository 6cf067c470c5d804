import type { ErrorCode } from '../errors/catalogue.ts'
import type { Extension } from '../url/address.ts'
import type { Policy as Rules } from '../url/policy.ts'
import type { OperationStep } from './operations.generated.ts'

export interface StoredDerivative {
  readonly fileName: string
  readonly format: string
  readonly width: number
  readonly height: number
  readonly bytes: number
  readonly etag: string
  /** Duration of its rendering, in milliseconds. */
  readonly costMs: number
  readonly createdAt: string
  /** Lower bound of the number of requests in the last 30 days. */
  readonly hits: number
  /** Signed URL; absent without a signing key, or if URLs may only use presets. */
  readonly url?: string
}

/** The derivatives to remove. */
export type PurgeTarget =
  | { readonly imageId: string }
  | { readonly tag: string }
  | { readonly preset: string }
  | { readonly all: true }

/** Number of removed derivatives, or `queued` if a task removes them after the response; `jobs.list` shows its progress. */
export type Purged = { readonly derivatives: number } | { readonly queued: true; readonly taskId: string }

/** Derivatives to render ahead of their first request. */
export interface EagerRequest {
  readonly presets?: readonly string[]
  readonly transforms?: readonly {
    /** Operations as steps, or as text in the URL's syntax. */
    readonly operations: readonly OperationStep[] | string
    readonly format?: Extension
  }[]
}

export interface EagerItem {
  readonly file: string
  readonly path: string
  readonly preset?: string
  readonly format: string
  readonly state: 'pending' | 'ready' | 'failed'
  readonly code?: ErrorCode | (string & {})
  readonly detail?: string
}

export interface EagerProgress {
  readonly imageId: string
  readonly total: number
  readonly ready: number
  readonly pending: number
  readonly failed: number
  readonly items: readonly EagerItem[]
}

/** A path to sign, or an image with operations. */
export type SignRequest = {
  /** Lifetime in seconds; by default the URL is valid as long as its key. */
  readonly expiresIn?: number
  /** A policy's name. The signature then covers every derivative that it allows, see `readGrant`. */
  readonly policy?: string
  /** The file name under which a browser saves the image instead of showing it. */
  readonly download?: string
} & (
  | { readonly path: string }
  | {
      readonly imageId: string
      readonly operations?: readonly OperationStep[]
      readonly format?: Extension
    }
)

export interface Signed {
  readonly url: string
  /** Path and query without a host. */
  readonly path: string
  /** Unix seconds; null if the URL does not expire. */
  readonly expires: number | null
}

interface Named {
  readonly name: string
  readonly createdAt: string
  readonly updatedAt: string
}

export interface PresetRules {
  /** Operations in the URL's syntax, such as `resize_w-300_encode_q-70`. */
  readonly operations: string
  /** Whether the preset is rendered after every upload. */
  readonly eager?: boolean
}

export type Preset = Named & Required<PresetRules>

/** A policy's rules in the short forms that the API accepts; `Policy` has the expanded form. */
export interface PolicyRules {
  /** A list of names allows every option of these operations. */
  readonly operations?:
    | readonly string[]
    | Readonly<Record<string, true | Readonly<Record<string, OptionRule>>>>
  readonly formats?: readonly Extension[]
  readonly presets?: readonly string[]
  readonly limits?: NonNullable<Rules['limits']>
}

/** Every value, the listed values, or a range and the listed values. */
export type OptionRule =
  | true
  | readonly (string | number | boolean)[]
  | {
      readonly min?: number
      readonly max?: number
      readonly values?: readonly (string | number | boolean)[]
    }

export type Policy = Named & Rules

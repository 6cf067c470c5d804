import type { ErrorCode } from '../errors/catalogue.ts'
import type { Extension } from '../url/address.ts'
import type { Policy as Rules } from '../url/policy.ts'
import type { OperationStep } from './operations.generated.ts'

/** What the API takes and answers. Times are ISO 8601; a service newer than this client may answer with more. */

/** A part of a list; with a `nextCursor` there is more. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
}

export interface PageQuery {
  /** 1–200, default 50. */
  readonly limit?: number | undefined
  /** The page before's `nextCursor`. */
  readonly cursor?: string | undefined
}

/** A point of a picture, as fractions of its width and height. */
export interface Point {
  readonly x: number
  readonly y: number
}

export interface Image {
  readonly id: string
  readonly userId: string
  readonly title: string
  readonly tags: readonly string[]
  readonly format: string
  /** Pixels as seen, EXIF orientation applied. */
  readonly width: number
  readonly height: number
  readonly pages: number
  readonly bytes: number
  /** Of the original, in hex. */
  readonly sha256: string
  /** What crops keep. */
  readonly focal: Point | null
  /** Signed URL of the original. */
  readonly rawUrl: string
  /** What it looks like in a few bytes, as base64; null until somebody has looked. */
  readonly thumbhash: string | null
  /** What the file was called where it came from. */
  readonly fileName: string | null
  readonly createdAt: string
  /** Of deleted images alone, as `keptUntil`. */
  readonly deletedAt?: string
  /** Until then it can be restored. */
  readonly keptUntil?: string
}

/** An image that has just come in. */
export interface ReceivedImage extends Image {
  /** Ids of images of the same bytes that were there already. */
  readonly duplicates: readonly string[]
}

export interface ImageQuery extends PageQuery {
  readonly q?: string | undefined
  readonly tag?: string | undefined
  readonly format?: string | undefined
  readonly sort?: string | undefined
  /** Those that can be restored, instead of those that are ready. */
  readonly deleted?: boolean | undefined
  /** Only these, at most 100; unknown ones are left out. */
  readonly ids?: readonly string[] | undefined
}

/** The same for many images, at most 200. */
export type BulkOrder = { readonly ids: readonly string[] } & (
  | { readonly action: 'delete' | 'restore' }
  | { readonly action: 'tag' | 'untag'; readonly tags: readonly string[] }
)

export interface BulkResult {
  readonly id: string
  readonly done: boolean
  /** Why it was not done. */
  readonly code?: ErrorCode | (string & {})
  readonly detail?: string
}

export interface DuplicatesQuery {
  /** By how many of 64 bits the perceptual hashes may differ: 0–16, default 8. */
  readonly distance?: number | undefined
  readonly limit?: number | undefined
}

export interface Duplicate {
  /** The same bytes. */
  readonly exact: boolean
  /** Null when one of the two was not looked at yet. */
  readonly distance: number | null
  readonly image: Image
}

export interface ImageLabels {
  readonly title?: string
  readonly tags?: readonly string[]
}

export interface UploadLabels extends ImageLabels {
  /** Of the file; a `File` has one. */
  readonly name?: string
}

export interface ImageChanges extends ImageLabels {
  readonly focal?: Point | null
}

export interface StoredDerivative {
  readonly fileName: string
  readonly format: string
  readonly width: number
  readonly height: number
  readonly bytes: number
  readonly etag: string
  /** What its development took, in milliseconds. */
  readonly costMs: number
  readonly createdAt: string
  /** Requests of the last 30 days: at least so many. */
  readonly hits: number
  /** Signed; absent without a key, or when URLs may only name presets. */
  readonly url?: string
}

/** Which derivatives go. */
export type PurgeTarget =
  | { readonly imageId: string }
  | { readonly tag: string }
  | { readonly preset: string }
  | { readonly all: true }

/** How many went, or that they go behind the answer. */
export type Purged = { readonly derivatives: number } | { readonly queued: true }

/** Derivatives to develop ahead. */
export interface EagerRequest {
  readonly presets?: readonly string[]
  readonly transforms?: readonly {
    /** Steps, or as they stand in a URL. */
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

/** A path as it stands, or an image with operations. */
export type SignRequest = {
  /** Seconds from now; without it as long as the key. */
  readonly expiresIn?: number
  /** The name of a policy: the signature then holds for whatever it allows of the image, see `readGrant`. */
  readonly policy?: string
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
  /** Path and query, for any host. */
  readonly path: string
  /** Unix seconds; null for never. */
  readonly expires: number | null
}

interface Named {
  readonly name: string
  readonly createdAt: string
  readonly updatedAt: string
}

export interface PresetRules {
  /** As they stand in a URL, such as `resize_w-300_encode_q-70`. */
  readonly operations: string
  /** Developed behind every upload. */
  readonly eager?: boolean
}

export type Preset = Named & Required<PresetRules>

/** What a policy allows, in the forms that the API takes; `Policy` has them spelled out. */
export interface PolicyRules {
  /** Names alone allow every option. */
  readonly operations?:
    | readonly string[]
    | Readonly<Record<string, true | Readonly<Record<string, OptionRule>>>>
  readonly formats?: readonly Extension[]
  readonly presets?: readonly string[]
  readonly limits?: NonNullable<Rules['limits']>
}

/** Every value, those listed, or a range and those listed. */
export type OptionRule =
  | true
  | readonly (string | number | boolean)[]
  | {
      readonly min?: number
      readonly max?: number
      readonly values?: readonly (string | number | boolean)[]
    }

export type Policy = Named & Rules

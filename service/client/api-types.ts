import type { ErrorCode } from '../errors/catalogue.ts'
import type { Extension } from '../url/address.ts'

/** Requests and responses of the API. Times are ISO 8601. A newer service may return additional fields. */

/** One page of a list. A `nextCursor` that is not null leads to the next page. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextCursor: string | null
}

export interface PageQuery {
  /** Page size: 1–200, default 50. */
  readonly limit?: number | undefined
  /** The `nextCursor` of the previous page. */
  readonly cursor?: string | undefined
}

/** A point of an image, as fractions of its width and height. */
export interface Point {
  readonly x: number
  readonly y: number
}

export interface Image {
  readonly id: string
  readonly userId: string
  readonly title: string
  readonly tags: readonly string[]
  /** What the image shows; null if there is no text, empty for a decorative image. */
  readonly alt: string | null
  /** Custom metadata. */
  readonly metadata: Readonly<Record<string, string>>
  readonly format: string
  /** Displayed size in pixels, after EXIF orientation is applied. */
  readonly width: number
  readonly height: number
  readonly pages: number
  readonly bytes: number
  /** SHA-256 of the original, in hex. */
  readonly sha256: string
  /** The focal point, which crops keep. */
  readonly focal: Point | null
  /** Signed URL of the original. */
  readonly rawUrl: string
  /** ThumbHash, a tiny preview in base64; null until it is computed. */
  readonly thumbhash: string | null
  /** File name at the time of the upload. */
  readonly fileName: string | null
  readonly createdAt: string
  /** The last part of the image is missing or damaged. */
  readonly truncated?: boolean
  /** Only deleted images have `deletedAt` and `keptUntil`. */
  readonly deletedAt?: string
  /** The image can be restored until then. */
  readonly keptUntil?: string
}

/** An image that was just uploaded. */
export interface ReceivedImage extends Image {
  /** Ids of the user's existing images with the same bytes. */
  readonly duplicates: readonly string[]
}

/** Chooses and orders images. */
export interface ImageFilters {
  readonly q?: string | undefined
  readonly tag?: string | undefined
  /** A tag such as `shop/2026`: selects images with it or with a tag below it, such as `shop/2026/spring`. */
  readonly folder?: string | undefined
  readonly format?: string | undefined
  /** Only images whose custom metadata has this value: `name:value`. */
  readonly metadata?: string | undefined
  readonly sort?: string | undefined
}

/** The ids of the images before and after an image in a list; null at its ends. */
export interface Neighbours {
  readonly previous: string | null
  readonly next: string | null
}

export interface ImageQuery extends PageQuery, ImageFilters {
  /** Lists deleted images that can be restored, instead of ready images. */
  readonly deleted?: boolean | undefined
  /** Lists only these images, at most 100; unknown ids are ignored. */
  readonly ids?: readonly string[] | undefined
}

export interface TagQuery extends Omit<ImageQuery, 'sort'> {
  /** How the tags begin, ignoring case. */
  readonly prefix?: string | undefined
}

export interface TagCount {
  readonly tag: string
  readonly images: number
}

export interface TagPage extends Page<TagCount> {
  /** A filter selects more than 1,000 images, and only the newest of them are counted. */
  readonly partial: boolean
}

export interface FolderQuery extends PageQuery {
  /** The path of the folder above; the top level by default. */
  readonly parent?: string | undefined
}

/** A tag with tags below it, or one that is below another: `shop` and `shop/2026`. */
export interface Folder {
  readonly path: string
  /** The last part of the path. */
  readonly name: string
  /** The number of images in the folder and the folders below it. */
  readonly images: number
  readonly hasFolders: boolean
}

/** An archive of images, at most 1,000: those with the ids, or those that the filter selects. */
export type DownloadOrder = {
  /** Applied to each image; the originals by default. */
  readonly preset?: string
  /** Format of the results of the preset; `auto` by default. */
  readonly format?: Exclude<Extension, 'json'>
  /** File name of the archive; `images.zip` by default. */
  readonly fileName?: string
} & ({ readonly ids: readonly string[] } | { readonly filter: Omit<ImageFilters, 'sort'> })

/** A link to an archive, which is valid for one download. */
export interface DownloadLink {
  readonly url: string
  /** Path and query without a host. */
  readonly path: string
  /** The download must begin until then. */
  readonly expiresAt: string
  /** Number of images. */
  readonly images: number
  /** Size of the originals. */
  readonly bytes: number
}

/** An action for many images, at most 200. */
export type BulkOrder = { readonly ids: readonly string[] } & (
  | { readonly action: 'delete' | 'restore' }
  | { readonly action: 'tag' | 'untag'; readonly tags: readonly string[] }
)

export interface BulkResult {
  readonly id: string
  readonly done: boolean
  /** Error code, if the action failed. */
  readonly code?: ErrorCode | (string & {})
  readonly detail?: string
}

export interface DuplicatesQuery {
  /** Maximum number of differing bits of the 64-bit perceptual hashes: 0–16, default 8. */
  readonly distance?: number | undefined
  readonly limit?: number | undefined
}

export interface Duplicate {
  /** Whether the images have the same bytes. */
  readonly exact: boolean
  /** Hamming distance of the perceptual hashes; null if one of them is not computed yet. */
  readonly distance: number | null
  readonly image: Image
}

export interface ImageLabels {
  readonly title?: string
  readonly tags?: readonly string[]
  /** At most 1,000 characters; empty for a decorative image. */
  readonly alt?: string | null
  /** At most 32 names, each `^[a-z][a-z0-9_-]{0,63}$`, with values of at most 1,000 characters; 8 kB in all. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** One image of an import of many. */
export interface ImportEntry extends ImageLabels {
  /** An `http` or `https` URL of a public host. */
  readonly url: string
  /** What you call the image, at most 200 characters; the results repeat it. */
  readonly reference?: string
}

/** One image of an import of many, with its result. */
export interface ImportResult {
  /** The place in the list, from 0. */
  readonly number: number
  readonly url: string
  readonly reference: string | null
  readonly state: 'waiting' | 'done' | 'failed'
  /** Null until it is imported. */
  readonly imageId: string | null
  /** Why it failed; null when it did not. */
  readonly code: ErrorCode | (string & {}) | null
  readonly detail: string | null
}

export interface UploadLabels extends ImageLabels {
  /** File name; the default is the name of a `File`. */
  readonly name?: string
}

export interface ImageChanges extends Omit<ImageLabels, 'metadata'> {
  /** Changes the given names only: null removes a name. Null instead of an object removes all. */
  readonly metadata?: Readonly<Record<string, string | null>> | null
  readonly focal?: Point | null
}

/** What a replacement of an original sets besides the file. */
export interface Replacement {
  /** A new focal point, or null for none; by default it stays. */
  readonly focal?: Point | null
  /** File name; the default is the name of a `File`. */
  readonly name?: string
}

import type { CustomMetadata, MetadataPatch } from './custom-metadata.ts'

/** The point of an image that crops keep visible, as fractions of its width and height. */
export interface FocalPoint {
  x: number
  y: number
}

/** Facts about the uploaded file. */
export interface ImageContent {
  /** The extension of the original's object key. */
  extension: string
  format: string
  /** In pixels, with the EXIF orientation applied. */
  width: number
  height: number
  pages: number
  bytes: number
  /** In hex. */
  sha256: string
  /** The engine's facts about the image; this room only stores them. */
  facts: unknown
}

/** An image whose original is in the store (`ready`), or was until it was deleted. */
export interface Image extends ImageContent {
  id: string
  userId: string
  state: 'ready' | 'deleted'
  title: string
  tags: string[]
  /** Describes the image for people who do not see it; null when there is no text, empty when the image is decorative. */
  alt: string | null
  metadata: CustomMetadata
  /** The name of the uploaded file. */
  fileName: string | null
  focal: FocalPoint | null
  /** From the insight, in base64; null until the image is analysed. */
  thumbhash: string | null
  /** Names the file of the original in its object key; null until the original is replaced. */
  version: string | null
  createdAt: Date
  deletedAt: Date | null
  /**
   * When a deleted image can no longer be restored; null for an image that is not deleted or cannot be
   * restored.
   */
  keptUntil: Date | null
}

/** The labels that users give an image. */
export type ImageLabels = Pick<Image, 'title' | 'tags'>

/** The alt text and the custom metadata of an image. */
export type ImageDescription = Pick<Image, 'alt' | 'metadata'>

/** The labels and the description that a user sends with an upload. */
export interface NewImageLabels extends ImageLabels, Partial<ImageDescription> {
  fileName?: string | null
}

/** New values of an image's fields. An absent field stays as it is; null removes the focal point or the alt text. */
export interface ImageValues extends Partial<ImageLabels>, Partial<ImageDescription> {
  focal?: FocalPoint | null
}

/** Changes to an image, with the custom metadata as a patch. */
export interface ImageChanges extends Omit<ImageValues, 'metadata'> {
  metadata?: MetadataPatch
}

/** An image with the results of its ingestion; this room only stores them. */
export interface ImageRecord extends Image {
  /** The engine's analysis of the pixels; null until the image is analysed. */
  insight: unknown
  /** The ladder rungs in the store; null when there are none. */
  ladder: unknown
  /** How often derivatives of the image were purged. */
  purges: number
  /** When ingestion was completed; null while it is pending or when it was given up. */
  ingestedAt: Date | null
}

/** An image with the file that is or was its original. */
export interface ImageVersion {
  readonly userId: string
  readonly imageId: string
  readonly version: string | null
}

/** The columns of an `Image`. */
export const imageColumns = `id, user_id as "userId", state, title, tags, alt,
  coalesce(metadata, '{}') as metadata, extension, format, width, height, pages,
  bytes, sha256, file_name as "fileName", focal, facts, original_version as version, created_at as "createdAt", deleted_at as "deletedAt",
  keep_until as "keptUntil", insight ->> 'thumbhash' as thumbhash`

/** The condition for a deleted image that can be restored. */
export const isRestorable = `state = 'deleted' and keep_until > now() and purged_at is null`

/** The point of a picture that crops keep, as fractions of its width and height. */
export interface FocalPoint {
  x: number
  y: number
}

/** What an upload turned out to be. */
export interface ImageContent {
  /** Of the original's key. */
  extension: string
  format: string
  /** As seen, in pixels: EXIF orientation applied. */
  width: number
  height: number
  pages: number
  bytes: number
  /** In hex. */
  sha256: string
  /** What the engine read about the picture; this room only keeps it. */
  facts: unknown
}

/** An image whose original is in the store (`ready`), or was until its user deleted it. */
export interface Image extends ImageContent {
  id: string
  userId: string
  state: 'ready' | 'deleted'
  title: string
  tags: string[]
  /** What the file was called where it came from. */
  fileName: string | null
  focal: FocalPoint | null
  /** Of its insight, in base64. Null until somebody has looked. */
  thumbhash: string | null
  createdAt: Date
  deletedAt: Date | null
  /** Until when a deleted image can be restored; null when it cannot, or is not deleted. */
  keptUntil: Date | null
}

/** What people say about an image. */
export type ImageLabels = Pick<Image, 'title' | 'tags'>

/** What is said about an image when it comes in. */
export interface NewImageLabels extends ImageLabels {
  fileName?: string | null
}

/** What people may change about an image; what is absent stays as it is, and null takes a focal point away. */
export interface ImageChanges extends Partial<ImageLabels> {
  focal?: FocalPoint | null
}

/** An image with what was made of it behind its upload; this room only keeps it. */
export interface ImageRecord extends Image {
  /** What was seen in its pixels, as the engine told it. Null until somebody has looked. */
  insight: unknown
  /** Which rungs are in the store. Null when none are. */
  ladder: unknown
  /** How often derivatives of it were taken away. */
  purges: number
  /** When all of it was made or given up; null while it is still to be done. */
  ingestedAt: Date | null
}

/** The columns of an `Image`. */
export const imageColumns = `id, user_id as "userId", state, title, tags, extension, format, width, height, pages,
  bytes, sha256, file_name as "fileName", focal, facts, created_at as "createdAt", deleted_at as "deletedAt",
  keep_until as "keptUntil", insight ->> 'thumbhash' as thumbhash`

/** Deleted, but still to be had back. */
export const isRestorable = `state = 'deleted' and keep_until > now() and purged_at is null`

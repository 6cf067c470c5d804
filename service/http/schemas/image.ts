import Type from 'typebox'
import type { Image } from '../../metadata/image.ts'

/** An image in API responses. */
export const ImageSchema = Type.Object({
  id: Type.String(),
  userId: Type.String(),
  title: Type.String(),
  tags: Type.Array(Type.String()),
  alt: Type.Union([Type.String(), Type.Null()], {
    description: 'alt text; null when there is none, empty for a decorative image',
  }),
  metadata: Type.Record(Type.String(), Type.String(), { description: 'custom metadata' }),
  format: Type.String({ description: 'format of the original' }),
  width: Type.Integer({ description: 'pixels, after EXIF orientation is applied' }),
  height: Type.Integer({ description: 'pixels, after EXIF orientation is applied' }),
  pages: Type.Integer({ description: 'pages or frames' }),
  bytes: Type.Integer({ description: 'size of the original' }),
  sha256: Type.String({ description: 'SHA-256 of the original, in hex' }),
  focal: Type.Union([Type.Object({ x: Type.Number(), y: Type.Number() }), Type.Null()], {
    description: 'focal point as fractions of width and height; null for none',
  }),
  rawUrl: Type.String({
    description:
      'signed URL of the original; unsigned if there is no active signing key or the user may not fetch originals',
  }),
  fileName: Type.Union([Type.String(), Type.Null()], {
    description: 'name of the uploaded file; null when it is unknown',
  }),
  thumbhash: Type.Union([Type.String(), Type.Null()], {
    description:
      'ThumbHash in base64, a blurred preview to show while the image loads; null until the image has been analysed',
  }),
  createdAt: Type.String({ description: 'ISO 8601' }),
  truncated: Type.Optional(
    Type.Boolean({ description: 'true if the last part of the image is missing or damaged; else absent' }),
  ),
  deletedAt: Type.Optional(Type.String({ description: 'ISO 8601; present only for deleted images' })),
  keptUntil: Type.Optional(
    Type.String({ description: 'ISO 8601; a deleted image can be restored until then' }),
  ),
})

/** An image in the response to its upload. */
export const UploadedImageSchema = Type.Object({
  ...ImageSchema.properties,
  duplicates: Type.Array(Type.String(), {
    description: 'ids of existing images with the same bytes',
  }),
})

/** The most ids in `duplicates`. */
export const maxReportedDuplicates = 20

/** An image's row as an API response. */
export function serializeImage(image: Image, rawUrl: string): Type.Static<typeof ImageSchema> {
  const { id, userId, title, tags, format, width, height, pages, bytes, sha256, focal, fileName } = image
  const { alt, metadata, thumbhash } = image
  const createdAt = image.createdAt.toISOString()
  const fields = { id, userId, title, tags, format, width, height, pages, bytes, sha256, focal, fileName }
  return {
    ...fields,
    alt,
    metadata,
    rawUrl,
    thumbhash,
    createdAt,
    ...serializeTruncation(image),
    ...serializeDeletion(image),
  }
}

function serializeTruncation({ facts }: Image) {
  const isTruncated =
    typeof facts === 'object' && facts !== null && 'truncated' in facts && facts.truncated === true
  return isTruncated ? { truncated: true } : {}
}

function serializeDeletion({ deletedAt, keptUntil }: Image) {
  return {
    ...(deletedAt && { deletedAt: deletedAt.toISOString() }),
    ...(keptUntil && { keptUntil: keptUntil.toISOString() }),
  }
}

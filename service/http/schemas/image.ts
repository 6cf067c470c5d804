import Type from 'typebox'
import type { Image } from '../../metadata/image.ts'

/** An image as the API shows it. */
export const ImageSchema = Type.Object({
  id: Type.String(),
  userId: Type.String(),
  title: Type.String(),
  tags: Type.Array(Type.String()),
  format: Type.String(),
  width: Type.Integer({ description: 'pixels as seen, EXIF orientation applied' }),
  height: Type.Integer({ description: 'pixels as seen, EXIF orientation applied' }),
  pages: Type.Integer(),
  bytes: Type.Integer(),
  sha256: Type.String({ description: 'of the original, in hex' }),
  focal: Type.Union([Type.Object({ x: Type.Number(), y: Type.Number() }), Type.Null()]),
  rawUrl: Type.String({ description: 'signed URL of the original' }),
  fileName: Type.Union([Type.String(), Type.Null()], {
    description: 'what the file was called where it came from',
  }),
  thumbhash: Type.Union([Type.String(), Type.Null()], {
    description:
      'a blurred likeness to show until a picture has come, in base64; null until it was looked at',
  }),
  createdAt: Type.String({ description: 'ISO 8601' }),
  deletedAt: Type.Optional(Type.String({ description: 'ISO 8601; of deleted images alone' })),
  keptUntil: Type.Optional(
    Type.String({ description: 'ISO 8601; until when a deleted image can be restored' }),
  ),
})

/** An image that has just come in. */
export const UploadedImageSchema = Type.Object({
  ...ImageSchema.properties,
  duplicates: Type.Array(Type.String(), {
    description: 'ids of images of the same bytes that were there already',
  }),
})

/** How many older images of the same bytes an upload tells of. */
export const maxReportedDuplicates = 20

/** The public face of an image's record. */
export function serializeImage(image: Image, rawUrl: string): Type.Static<typeof ImageSchema> {
  const { id, userId, title, tags, format, width, height, pages, bytes, sha256, focal, fileName } = image
  const { thumbhash } = image
  const createdAt = image.createdAt.toISOString()
  const shown = { id, userId, title, tags, format, width, height, pages, bytes, sha256, focal, fileName }
  return { ...shown, rawUrl, thumbhash, createdAt, ...showDeletion(image) }
}

function showDeletion({ deletedAt, keptUntil }: Image) {
  return {
    ...(deletedAt && { deletedAt: deletedAt.toISOString() }),
    ...(keptUntil && { keptUntil: keptUntil.toISOString() }),
  }
}

import Type from 'typebox'
import type { Image } from '../metadata/image.ts'

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
  createdAt: Type.String({ description: 'ISO 8601' }),
})

/** The public face of an image's record. */
export function showImage(image: Image, rawUrl: string): Type.Static<typeof ImageSchema> {
  const { id, userId, title, tags, format, width, height, pages, bytes, sha256, focal } = image
  const createdAt = image.createdAt.toISOString()
  return { id, userId, title, tags, format, width, height, pages, bytes, sha256, focal, rawUrl, createdAt }
}

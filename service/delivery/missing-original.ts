import { DarkroomError } from '../errors/catalogue.ts'
import type { ImageRepository } from '../metadata/images.ts'

/**
 * The error for an original that is missing in the store. Usually another process has just deleted the image, and this
 * process has cached its row; anything else is an internal error.
 */
export async function missingOriginalError(
  images: Pick<ImageRepository, 'find'>,
  { userId, imageId }: { userId: string; imageId: string },
): Promise<Error> {
  const image = await images.find(userId, imageId)
  if (image?.state === 'deleted') return new DarkroomError('deleted', 'the image was deleted')
  return new Error(`the original of ${userId}/${imageId} is not in the store`)
}

import { DarkroomError } from '../errors/catalogue.ts'
import type { ImageRepository } from '../metadata/images.ts'

/**
 * Why an original that should be in the store is not: mostly another process has just deleted the image, which this one
 * has not heard of yet. Anything else is our fault.
 */
export async function missingOriginalError(
  images: Pick<ImageRepository, 'find'>,
  { userId, imageId }: { userId: string; imageId: string },
): Promise<Error> {
  const image = await images.find(userId, imageId)
  if (image?.state === 'deleted') return new DarkroomError('deleted', 'the image was deleted')
  return new Error(`the original of ${userId}/${imageId} is not in the store`)
}

import { DarkroomError } from '../errors/catalogue.ts'
import type { ImageVersion } from '../metadata/image.ts'
import type { ImageRepository } from '../metadata/images.ts'

/** When a client may retry after the original was replaced: this process knows the new one by then. In milliseconds. */
const retryAfterMs = 1_000

/** The original that a request was about to read was replaced: another process has deleted its file. */
class OriginalReplacedError extends DarkroomError {
  constructor() {
    super('unavailable', 'the original of the image was just replaced, retry', {
      retryAfterMs,
      isOutage: false,
    })
  }
}

/** Whether a request failed because this process did not know yet that an original was replaced. */
export const isOriginalReplaced = (error: DarkroomError): boolean =>
  error instanceof OriginalReplacedError || error.cause instanceof OriginalReplacedError

/**
 * The error for an original that is missing in the store. Usually another process has just deleted the image or replaced
 * its original, and this process has cached its row; anything else is an internal error.
 */
export async function missingOriginalError(
  images: Pick<ImageRepository, 'find'>,
  { userId, imageId, version }: ImageVersion,
): Promise<Error> {
  const image = await images.find(userId, imageId)
  if (image?.state === 'deleted') return new DarkroomError('deleted', 'the image was deleted')
  if (image && image.version !== version) return new OriginalReplacedError()
  return new Error(`the original of ${userId}/${imageId} is not in the store`)
}

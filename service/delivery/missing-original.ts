import { DarkroomError } from '../errors/catalogue.ts'
import type { ImageVersion } from '../metadata/image.ts'
import type { ImageRepository } from '../metadata/images.ts'

type ImageName = Pick<ImageVersion, 'userId' | 'imageId'>

/** When a client may retry after the original was replaced: this process knows the new one by then. In milliseconds. */
const retryAfterMs = 1_000

/** The original that a request has used or was about to read was replaced. */
export class OriginalReplacedError extends DarkroomError {
  readonly image: ImageName

  constructor({ userId, imageId }: ImageName) {
    super('unavailable', 'the original of the image was just replaced, retry', {
      retryAfterMs,
      isOutage: false,
    })
    this.image = { userId, imageId }
  }
}

/** The image whose original was replaced meanwhile, if a request failed because of that: with the new one it succeeds. */
export function replacedImageOf(error: unknown): ImageName | undefined {
  if (error instanceof OriginalReplacedError) return error.image
  return error instanceof Error && error.cause instanceof OriginalReplacedError
    ? error.cause.image
    : undefined
}

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
  if (image && image.version !== version) return new OriginalReplacedError({ userId, imageId })
  return new Error(`the original of ${userId}/${imageId} is not in the store`)
}

import { focalFileName } from '../delivery/focal-point.ts'
import type { EdgePurger } from '../edge/edge-purger.ts'
import { imageTag } from '../edge/surrogate-keys.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { mergeMetadata } from '../metadata/custom-metadata.ts'
import type { Database } from '../metadata/database.ts'
import type { Image, ImageChanges } from '../metadata/image.ts'
import { ImageRepository } from '../metadata/images.ts'
import type { PurgeRepository } from '../metadata/purges.ts'
import type { DerivativeRemover } from './derivative-remover.ts'
import type { PurgeNotices } from './purge-notices.ts'

export interface ImageEditorParts {
  readonly database: Pick<Database, 'transaction'>
  readonly images: ImageRepository
  readonly purges: PurgeRepository
  readonly derivativeRemover: Pick<DerivativeRemover, 'removeOfImages'>
  readonly purgeNotices: PurgeNotices
  readonly edge: EdgePurger
}

/** Changes the metadata that users can set for their images. */
export interface ImageEditor {
  /**
   * Changes an image. A new focal point removes the derivatives that depend on the old one before the call returns.
   * @throws DarkroomError `not-found`, `bad-request` for too much metadata in all, or `unavailable`: then the same change can be repeated
   */
  edit(userId: string, imageId: string, changes: ImageChanges): Promise<Image>
}

export function createImageEditor(parts: ImageEditorParts): ImageEditor {
  const { purges, derivativeRemover, purgeNotices, edge } = parts
  const invalidate = async (userId: string, imageId: string) => {
    await purges.increment(userId, [imageId])
    // evicts all derivatives of the image from memory; those that stay are read from the store again
    purgeNotices.publish(userId, [imageId])
  }
  return {
    async edit(userId, imageId, changes) {
      const image = await update(parts, userId, imageId, changes)
      if (image === undefined) throw new DarkroomError('not-found', 'there is no such image')
      if (changes.focal !== undefined) {
        await invalidate(userId, imageId)
        // what was rendered with the old focal point, of which the database accepts no more rows
        await derivativeRemover.removeOfImages(userId, [imageId], { matching: focalFileName })
        await invalidate(userId, imageId)
        await edge.purge([imageTag(imageId)], 'purge')
      }
      return image
    },
  }
}

/** Metadata is merged while its row is locked, so that changes at the same time do not undo each other. */
async function update(
  { database, images }: ImageEditorParts,
  userId: string,
  imageId: string,
  { metadata: patch, ...values }: ImageChanges,
): Promise<Image | undefined> {
  if (patch === undefined) return images.update(userId, imageId, values)
  return database.transaction(async transaction => {
    const locked = new ImageRepository(transaction)
    const current = await locked.lockMetadata(userId, imageId)
    return current && locked.update(userId, imageId, { ...values, metadata: mergeMetadata(current, patch) })
  })
}

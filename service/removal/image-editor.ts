import { dependsOnFocalPoint, focalFileName } from '../delivery/focal-point.ts'
import type { EdgePurger } from '../edge/edge-purger.ts'
import { imageTag } from '../edge/surrogate-keys.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { Image, ImageChanges } from '../metadata/image.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { PurgeRepository } from '../metadata/purges.ts'
import { derivativePrefixes } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { PurgeNotices } from './purge-notices.ts'

export interface ImageEditorParts {
  readonly images: ImageRepository
  readonly derivatives: DerivativeRepository
  readonly purges: PurgeRepository
  readonly store: ObjectStore
  readonly purgeNotices: PurgeNotices
  readonly edge: EdgePurger
}

/** Changes what people say about images. */
export interface ImageEditor {
  /**
   * A new focal point takes the derivatives away that were made by the old one, before the change is answered.
   * @throws DarkroomError `not-found`, or `unavailable`: then the same change may be asked for again
   */
  edit(userId: string, imageId: string, changes: ImageChanges): Promise<Image>
}

export function createImageEditor(parts: ImageEditorParts): ImageEditor {
  const { images, purges, purgeNotices, edge } = parts
  const forget = async (userId: string, imageId: string) => {
    await purges.increment(userId, [imageId])
    // whatever else of the image goes with it comes back from the store
    purgeNotices.publish(userId, [imageId])
  }
  return {
    async edit(userId, imageId, changes) {
      const image = await images.update(userId, imageId, changes)
      if (image === undefined) throw new DarkroomError('not-found', 'there is no such image')
      if (changes.focal !== undefined) {
        await forget(userId, imageId)
        await purgeByFocal(parts, userId, imageId)
        await forget(userId, imageId)
        await edge.purge([imageTag(imageId)], 'purge')
      }
      return image
    },
  }
}

/** What is recorded from now on was made by the new point: the database refuses the old one. */
async function purgeByFocal(
  { store, derivatives }: ImageEditorParts,
  userId: string,
  imageId: string,
): Promise<void> {
  for (const prefix of derivativePrefixes(userId, imageId)) {
    const keys: string[] = []
    for await (const key of store.list(prefix)) if (dependsOnFocalPoint(key)) keys.push(key)
    if (keys.length > 0) await store.delete(keys)
  }
  await derivatives.deleteMatching(userId, imageId, focalFileName)
}

import type { TieredCache } from '../cache/tiered.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Derivatives } from '../metadata/derivatives.ts'
import type { Image, ImageChanges } from '../metadata/image.ts'
import type { Images } from '../metadata/images.ts'
import { derivativePrefixes } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { ImageDirectory } from './directory.ts'
import { isByFocal, namesByFocal } from './focal.ts'

export interface EditorParts {
  readonly images: Images
  readonly derivatives: Derivatives
  readonly store: ObjectStore
  readonly cache: TieredCache
  readonly directory: ImageDirectory
}

/** Changes what people say about images. */
export interface Editor {
  /**
   * A new focal point takes the derivatives away that were made by the old one, before the change is answered.
   * @throws DarkroomError `not-found`, or `unavailable`: then the same change may be asked for again
   */
  edit(userId: string, imageId: string, changes: ImageChanges): Promise<Image>
}

export function createEditor(parts: EditorParts): Editor {
  const { images, cache, directory } = parts
  return {
    async edit(userId, imageId, changes) {
      const image = await images.change(userId, imageId, changes)
      if (image === undefined) throw new DarkroomError('not-found', 'there is no such image')
      directory.forget(userId, imageId)
      if (changes.focal !== undefined) {
        // whatever else of the image goes with it comes back from the store
        cache.forget(derivativePrefixes(userId, imageId))
        await purgeByFocal(parts, userId, imageId)
      }
      return image
    },
  }
}

/** What is recorded from now on was made by the new point: the database refuses the old one. */
async function purgeByFocal(
  { store, derivatives }: EditorParts,
  userId: string,
  imageId: string,
): Promise<void> {
  for (const prefix of derivativePrefixes(userId, imageId)) {
    const keys: string[] = []
    for await (const key of store.list(prefix)) if (isByFocal(key)) keys.push(key)
    if (keys.length > 0) await store.delete(keys)
  }
  await derivatives.deleteMatching(userId, imageId, namesByFocal)
}

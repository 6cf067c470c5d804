import type { Page } from './cursor.ts'
import { type Duplicate, type DuplicateQuery, DuplicateRepository } from './duplicates.ts'
import type { Image } from './image.ts'
import type { ImageFilter } from './image-filter.ts'
import {
  findNeighbours,
  type ImageFilters,
  type ImageQuery,
  listImages,
  type Neighbours,
  selectImageIds,
} from './image-list.ts'
import { type Folder, type FolderQuery, ImageTagCountRepository, type TagQuery } from './image-tag-counts.ts'
import type { ListDatabase } from './list-database.ts'

/**
 * The lists and searches of a user's images that the API offers. Each throws what `ListDatabase.run` throws, and
 * `bad-request` for a cursor of another list.
 */
export class ImageLists {
  readonly #lists: ListDatabase

  constructor(lists: ListDatabase) {
    this.#lists = lists
  }

  /** One page of the user's ready or restorable images. */
  list(userId: string, query: ImageQuery): Promise<Page<Image>> {
    return this.#lists.run(userId, db => listImages(db, userId, query))
  }

  /** The images before and after an image in the list that a query selects. */
  findNeighbours(userId: string, image: Image, filters: ImageFilters): Promise<Neighbours> {
    return this.#lists.run(userId, db => findNeighbours(db, userId, image, filters))
  }

  /** The ids of at most `limit` ready images that a filter selects, newest first. */
  selectIds(userId: string, filter: Omit<ImageFilter, 'deleted'>, limit: number): Promise<string[]> {
    return this.#lists.run(userId, db => selectImageIds(db, userId, filter, limit))
  }

  /** See `ImageTagCountRepository.list`. */
  listTags(userId: string, query: TagQuery) {
    return this.#lists.run(userId, db => new ImageTagCountRepository(db).list(userId, query))
  }

  /** See `ImageTagCountRepository.listFolders`. */
  listFolders(userId: string, query: FolderQuery): Promise<Page<Folder>> {
    return this.#lists.run(userId, db => new ImageTagCountRepository(db).listFolders(userId, query))
  }

  /** See `DuplicateRepository.findSimilar`. */
  findSimilar(userId: string, imageId: string, query: DuplicateQuery): Promise<Duplicate[]> {
    return this.#lists.run(userId, db => new DuplicateRepository(db).findSimilar(userId, imageId, query))
  }
}

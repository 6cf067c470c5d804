import type { Queryable } from './database.ts'
import type { DerivativeObject } from './derivatives.ts'
import type { ImageVersion } from './image.ts'
import type { StrayObject } from './stray-derivatives.ts'

/** An image of a user. */
export type ImageName = Omit<ImageVersion, 'version'>

/** A file that is or may become the original of an image. The extension is null while its format is not known. */
export interface OriginalObject extends ImageVersion {
  readonly extension: string | null
}

/** A derivative of any user. */
export interface ListedDerivative extends DerivativeObject {
  readonly userId: string
}

/** What the rows of the database say should be in the object store. */
export class ObjectNameRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** The derivatives of these images, those being written included. */
  listDerivatives(images: readonly ImageName[]): Promise<StrayObject[]> {
    return this.#db.query(
      `with image as (select * from unnest($1::text[], $2::text[]) as image (user_id, image_id))
       select user_id as "userId", image_id as "imageId", file_name as "fileName", version
         from derivatives join image using (user_id, image_id)
       union all
       select user_id, image_id, file_name, version from stray_derivatives join image using (user_id, image_id)`,
      columnsOf(images),
    )
  }

  /** The files of these images, unless the image is deleted and its objects are gone. */
  listOriginals(images: readonly ImageName[]): Promise<OriginalObject[]> {
    return this.#db.query(
      `with image as (select * from unnest($1::text[], $2::text[]) as image (user_id, id))
       select user_id as "userId", id as "imageId", original_version as version, extension
         from images join image using (user_id, id) where purged_at is null
       union all
       select original_files.user_id, image_id, version, extension
         from original_files join image on image.user_id = original_files.user_id and image.id = image_id`,
      columnsOf(images),
    )
  }

  /** The same with their sizes in bytes and their SHA-256. */
  listOriginalHashes(
    after: string,
    limit: number,
  ): Promise<(OriginalObject & { extension: string; bytes: number; sha256: string })[]> {
    return this.#db.query(
      `select user_id as "userId", id as "imageId", original_version as version, extension, bytes, sha256
       from images where state = 'ready' and id > $1 order by id limit $2`,
      [after, limit],
    )
  }

  /** At most `limit` derivatives of all users, in the order of their names, starting after `after`. */
  listAllDerivatives(
    { userId, imageId, fileName }: Pick<ListedDerivative, 'userId' | 'imageId' | 'fileName'>,
    limit: number,
  ): Promise<ListedDerivative[]> {
    return this.#db.query(
      `select user_id as "userId", image_id as "imageId", file_name as "fileName", version, xmin::text as revision
       from derivatives where (user_id, image_id, file_name) > ($1, $2, $3)
       order by user_id, image_id, file_name limit $4`,
      [userId, imageId, fileName, limit],
    )
  }

  /** The originals of at most `limit` ready images, in the order of their ids, starting after `after`. */
  listReadyOriginals(after: string, limit: number): Promise<(OriginalObject & { extension: string })[]> {
    return this.#db.query(
      `select user_id as "userId", id as "imageId", original_version as version, extension
       from images where state = 'ready' and id > $1 order by id limit $2`,
      [after, limit],
    )
  }
}

const columnsOf = (images: readonly ImageName[]) => [
  images.map(({ userId }) => userId),
  images.map(({ imageId }) => imageId),
]

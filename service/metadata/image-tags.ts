import type { Queryable } from './database.ts'

/** The result of changing the tags of one image. */
export interface TaggingResult {
  id: string
  /** False when the image would have too many tags. */
  changed: boolean
}

/** Changes the tags of many images at once. */
export class ImageTagRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Appends tags to each of the images that belongs to the user and is ready, unless the image would then have more
   * than `most` tags. Images that do not exist, belong to another user or are not ready are missing from the result.
   */
  add(
    userId: string,
    imageIds: readonly string[],
    tags: readonly string[],
    most: number,
  ): Promise<TaggingResult[]> {
    return this.#db.query<TaggingResult>(
      `with held as (
         select id, tags || array(select tag from unnest($3::text[]) as tag where tag <> all (tags)) as all_tags
         from images where user_id = $1 and id = any($2) and state = 'ready' order by id for update),
       done as (
         update images set tags = all_tags from held where images.id = held.id and cardinality(all_tags) <= $4)
       select id, cardinality(all_tags) <= $4 as changed from held`,
      [userId, imageIds, tags, most],
    )
  }

  /** Removes tags. A tag that an image does not have is ignored. */
  remove(userId: string, imageIds: readonly string[], tags: readonly string[]): Promise<TaggingResult[]> {
    return this.#db.query<TaggingResult>(
      `with held as (
         select id, array(
           select tag from unnest(tags) with ordinality as old (tag, place) where tag <> all ($3::text[]) order by place
         ) as all_tags
         from images where user_id = $1 and id = any($2) and state = 'ready' order by id for update)
       update images set tags = all_tags from held where images.id = held.id returning images.id, true as changed`,
      [userId, imageIds, tags],
    )
  }
}

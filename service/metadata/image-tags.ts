import type { Queries } from './database.ts'

/** What became of the tags of one image. */
export interface Tagged {
  id: string
  /** False when it would have too many. */
  changed: boolean
}

export type ImageTags = ReturnType<typeof createImageTags>

/** Tags of many images at once. */
export function createImageTags(db: Queries) {
  return {
    /**
     * Gives those of the images that are the user's and ready these tags, behind those that they have, unless one would
     * have more than `most` then. Images that are missing from the answer are not there.
     */
    add(
      userId: string,
      imageIds: readonly string[],
      tags: readonly string[],
      most: number,
    ): Promise<Tagged[]> {
      return db.query<Tagged>(
        `with held as (
           select id, tags || array(select tag from unnest($3::text[]) as tag where tag <> all (tags)) as all_tags
           from images where user_id = $1 and id = any($2) and state = 'ready' order by id for update),
         done as (
           update images set tags = all_tags from held where images.id = held.id and cardinality(all_tags) <= $4)
         select id, cardinality(all_tags) <= $4 as changed from held`,
        [userId, imageIds, tags, most],
      )
    },

    /** Takes these tags off; one that an image does not have is none to take off. */
    take(userId: string, imageIds: readonly string[], tags: readonly string[]): Promise<Tagged[]> {
      return db.query<Tagged>(
        `with held as (
           select id, array(
             select tag from unnest(tags) with ordinality as old (tag, place) where tag <> all ($3::text[]) order by place
           ) as all_tags
           from images where user_id = $1 and id = any($2) and state = 'ready' order by id for update)
         update images set tags = all_tags from held where images.id = held.id returning images.id, true as changed`,
        [userId, imageIds, tags],
      )
    },
  }
}

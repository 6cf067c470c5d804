import type { Queryable } from './database.ts'
import { type Image, imageColumns } from './image.ts'

/** An image that is like another one. */
export interface Duplicate extends Image {
  /** By how many of 64 bits their perceptual hashes differ; null when nobody has looked at one of them yet. */
  distance: number | null
}

export interface DuplicateQuery {
  /** By how many bits they may differ at most. */
  distance: number
  /** How many at most. */
  limit: number
}

const owned = `user_id = $1 and state = 'ready'`

/** Images of one user that are the same, or look alike. */
export class DuplicateRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** The user's ready images of a content, by its SHA-256 in hex: the oldest so many. */
  async findByContent(userId: string, sha256: string, limit: number): Promise<string[]> {
    const rows = await this.#db.query<{ id: string }>(
      `select id from images where ${owned} and sha256 = $2 order by created_at, id limit $3`,
      [userId, sha256, limit],
    )
    return rows.map(({ id }) => id)
  }

  /**
   * Those of the same bytes first, then those that look alike, the most alike first. It compares with every ready image
   * of the user, but reads an index alone. Empty for an image that is not his, or not ready.
   */
  findSimilar(userId: string, imageId: string, { distance, limit }: DuplicateQuery): Promise<Duplicate[]> {
    return this.#db.query<Duplicate>(
      `with one as (select phash as own_hash, sha256 as own_content from images where ${owned} and id = $2),
       near as (
         select id as near_id from images, one
         where ${owned} and phash is not null and bit_count(phash # own_hash) <= $3
         order by bit_count(phash # own_hash), id limit $4 + 1),
       same as (
         select id as near_id from images, one where ${owned} and sha256 = own_content order by id limit $4 + 1)
       select ${imageColumns}, bit_count(phash # own_hash)::int as distance
       from images, one
       where ${owned} and id <> $2 and id in (select near_id from near union select near_id from same)
       order by sha256 <> own_content, distance, id limit $4`,
      [userId, imageId, distance, limit],
    )
  }
}

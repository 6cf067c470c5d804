import type { Queryable } from './database.ts'
import { type Image, imageColumns } from './image.ts'

/** An image that equals or resembles another image. */
export interface Duplicate extends Image {
  /**
   * The number of bits, of 64, in which the perceptual hashes differ; null until both images are analysed.
   */
  distance: number | null
}

export interface DuplicateQuery {
  /** The largest number of bits that may differ. */
  distance: number
  /** The number of results. */
  limit: number
}

const owned = `user_id = $1 and state = 'ready'`

/** Finds images of a user that are identical or look alike. */
export class DuplicateRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** The ids of the user's ready images with this SHA-256 (in hex), the oldest first. */
  async findByContent(userId: string, sha256: string, limit: number): Promise<string[]> {
    const rows = await this.#db.query<{ id: string }>(
      `select id from images where ${owned} and sha256 = $2 order by created_at, id limit $3`,
      [userId, sha256, limit],
    )
    return rows.map(({ id }) => id)
  }

  /**
   * Identical images first, then similar ones, the most similar first. Compares with every ready image of the
   * user, but needs an index scan only. Empty for an image that the user does not have or that is not ready.
   */
  findSimilar(userId: string, imageId: string, { distance, limit }: DuplicateQuery): Promise<Duplicate[]> {
    return this.#db.query<Duplicate>(
      `with one as (select phash as own_hash, sha256 as own_content from images where ${owned} and id = $2),
       near as (
         select image_id as near_id from image_hashes, one
         where user_id = $1 and bit_count(phash # own_hash) <= $3
         order by bit_count(phash # own_hash), image_id limit $4 + 1),
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

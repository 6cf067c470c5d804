import type { Queryable } from './database.ts'
import { type Image, imageColumns } from './image.ts'
import { bandIndexes, type HashLookups, hashLookups, lookupSql } from './similar-hashes.ts'

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

/** Reading an index on takes a sixth of the time of a lookup. */
const defaultRowsPerLookup = 6

const owned = `user_id = $1 and state = 'ready'`

/** Finds images of a user that are identical or look alike. */
export class DuplicateRepository {
  readonly #db: Queryable
  readonly #rowsPerLookup: number

  /** @param rowsPerLookup how many hashes are compared in the time of one lookup in an index */
  constructor(db: Queryable, rowsPerLookup = defaultRowsPerLookup) {
    this.#db = db
    this.#rowsPerLookup = rowsPerLookup
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
   * Identical images first, then similar ones, the most similar first. In a large library, the images at a small distance are
   * looked up; otherwise the hashes of all ready images of the user are compared, in an index scan. Empty for an image
   * that the user does not have or that is not ready.
   */
  async findSimilar(
    userId: string,
    imageId: string,
    { distance, limit }: DuplicateQuery,
  ): Promise<Duplicate[]> {
    const lookups = hashLookups(distance)
    const isLookedUp = lookups && (await this.#isWorth(userId, lookups))
    const hashes = isLookedUp ? `(${lookupSql(5)}) as found` : 'image_hashes'
    return this.#db.query<Duplicate>(
      `with one as materialized (
         select phash as own_hash, sha256 as own_content from images where ${owned} and id = $2),
       near as (
         select distinct bit_count(phash # own_hash) as bits, image_id as near_id from ${hashes}, one
         where ${isLookedUp ? '' : 'user_id = $1 and '}bit_count(phash # own_hash) <= $3
         order by bits, near_id limit $4 + 1),
       same as (
         select id as near_id from images, one where ${owned} and sha256 = own_content order by id limit $4 + 1)
       select ${imageColumns}, bit_count(phash # own_hash)::int as distance
       from images, one
       where ${owned} and id <> $2 and id in (select near_id from near union select near_id from same)
       order by sha256 <> own_content, distance, id limit $4`,
      [userId, imageId, distance, limit, ...(isLookedUp ? lookups.masks : [])],
    )
  }

  /** Whether lookups are faster than a comparison with each image, and their indexes are built. */
  async #isWorth(userId: string, { count }: HashLookups): Promise<boolean> {
    const rows = await this.#db.query<{ isWorth: boolean }>(
      `select images > $2 and (
         select count(*) from pg_index where indisvalid and indexrelid in (select to_regclass(name) from unnest($3::text[]) as name)) = $4 as "isWorth"
       from user_holdings where user_id = $1`,
      [userId, count * this.#rowsPerLookup, bandIndexes, bandIndexes.length],
    )
    return rows[0]?.isWorth === true
  }
}

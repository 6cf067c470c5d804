import type { Queryable } from './database.ts'
import { isRestorable } from './image.ts'

/** Selects images of a user. */
export interface ImageFilter {
  /**
   * Text that the title, the file name, a tag, the alt text or a value of the metadata contains, ignoring case. A text
   * without three letters or digits in a row is found in the newest 2,000 images only.
   */
  q?: string | undefined
  /** A tag that the image has. */
  tag?: string | undefined
  /** A path such as `shop/2026`: the image has it as a tag, or a tag below it. */
  folder?: string | undefined
  format?: string | undefined
  /** A name and a value that the custom metadata has. */
  metadata?: readonly [name: string, value: string] | undefined
  /** Limits the images to these. */
  ids?: readonly string[] | undefined
  /** Selects deleted images that can still be restored, instead of ready images. */
  deleted?: boolean | undefined
}

/** The conditions that are joined by `and`, and the values of their parameters. */
export interface ImageConditions {
  /** The rows that the conditions apply to: an expression that follows `from`, with the name `images`. */
  readonly source: string
  readonly conditions: string[]
  readonly values: unknown[]
}

/**
 * The number of tags of a folder up to which the index of tags is used. Postgres compares each tag of an image with
 * each of them, and expects that most images match, so that larger folders could occupy the database for seconds.
 */
const maxFolderTags = 100

/**
 * The number of images, the newest ones, in which a short text is searched. Trigrams, which the index of texts has, find
 * texts with three letters or digits in a row; others have to be compared with the text of each image, 5 µs for each.
 */
const maxSearched = 2_000
const hasTrigram = /[\p{L}\p{N}]{3}/u

/** The conditions of a filter. `$1` is the user. */
export async function imageConditions(
  db: Queryable,
  userId: string,
  { q, tag, folder, format, metadata, ids, deleted }: ImageFilter,
): Promise<ImageConditions> {
  const conditions = ['user_id = $1', deleted ? isRestorable : `state = 'ready'`]
  const values: unknown[] = [userId]
  const add = (condition: (parameter: string) => string, value: unknown) => {
    conditions.push(condition(`$${values.push(value)}`))
  }
  if (q)
    add(at => `(search_text like lower(${at}) or described_text like lower(${at}))`, `%${escapeLike(q)}%`)
  if (tag !== undefined) add(at => `tags @> ${at}`, [tag])
  if (folder !== undefined) {
    // the values of an array tell Postgres how many images to expect, and whether its index of tags is worth reading
    const tags = deleted ? undefined : await tagsOfFolder(db, userId, folder)
    if (tags) add(at => `tags && ${at}`, tags)
    else add(isInFolder, folder)
  }
  if (format !== undefined) add(at => `format = ${at}`, format)
  if (ids !== undefined) add(at => `id = any(${at})`, ids)
  if (metadata !== undefined) {
    const [name, value] = metadata.map(text => `$${values.push(text)}`)
    // a term is a hash of the user, the name and the value. The value is not compared again: the planner would take the
    // two conditions for independent, expect few rows, and sort all of them instead of reading one page in order
    conditions.push(`metadata_terms @> array[images_metadata_term($1, ${name}, ${value})]`)
  }
  return { source: sourceOf(conditions.slice(0, 2), q), conditions, values }
}

function sourceOf(owned: readonly string[], q: string | undefined): string {
  if (!q || hasTrigram.test(q)) return 'images'
  return `(select * from images where ${owned.join(' and ')} order by created_at desc, id desc limit ${maxSearched}) as images`
}

/** Escapes a text for `like`. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

const isInFolder = (at: string) =>
  `exists (select from unnest(tags) as held where held = ${at}::text or starts_with(held, ${at}::text || '/'))`

/** The tags of ready images in a folder; undefined when there are too many. */
async function tagsOfFolder(db: Queryable, userId: string, folder: string): Promise<string[] | undefined> {
  // 0 is the character after /
  const rows = await db.query<{ tag: string }>(
    `select tag from image_tag_counts
     where user_id = $1 and images > 0 and (tag = $2 or tag > $2 || '/' and tag < $2 || '0') limit $3`,
    [userId, folder, maxFolderTags + 1],
  )
  return rows.length > maxFolderTags ? undefined : rows.map(({ tag }) => tag)
}

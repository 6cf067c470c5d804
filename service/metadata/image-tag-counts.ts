import Type from 'typebox'
import { clampPageSize, cursorText, decodeCursor, type Page, type PageQuery, toPage } from './cursor.ts'
import type { Queryable } from './database.ts'
import { escapeLike, type ImageConditions, type ImageFilter, imageConditions } from './image-filter.ts'

/** A tag, and how many of the selected images have it. */
export interface TagCount {
  tag: string
  images: number
}

/** A path that images have as a tag, or that such a tag is below. */
export interface Folder {
  path: string
  /** The number of ready images that have the path or a tag below it. */
  images: number
  hasFolders: boolean
}

export interface TagQuery extends PageQuery, ImageFilter {
  /** How the tags begin, ignoring case. */
  prefix?: string | undefined
}

export interface FolderQuery extends PageQuery {
  /** The path of the folder whose folders are listed; empty for the top level. */
  parent: string
}

/**
 * The number of images, the newest ones, up to which the tags of a filter are counted. For a search of a word that one image
 * in seven has, Postgres then reads the newest 7,000 images, and not all of those with the word.
 */
const maxCounted = 1_000

const TagPosition = Type.Object({
  images: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  tag: cursorText,
})
const FolderPosition = Type.Object({ path: cursorText })

/** How many images of a user have each tag. Triggers keep the counts of ready images; a filter counts anew. */
export class ImageTagCountRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * One page of the tags of the selected images, the most used first. `partial` is true when more than 1,000 images are
   * selected by a filter, and older ones are not counted.
   * @throws DarkroomError `bad-request` for a cursor of another list
   */
  async list(userId: string, { prefix, cursor, limit, ...filter }: TagQuery) {
    const isFiltered = Object.values(filter).some(value => value !== undefined && value !== false)
    const selected = isFiltered ? await imageConditions(this.#db, userId, filter) : undefined
    const values = selected?.values ?? [userId]
    const counts = selected ? filteredCounts(selected) : keptCounts
    const wanted = isFiltered ? ['true'] : ['user_id = $1', 'images > 0']
    const add = (condition: (parameter: string) => string, value: unknown) => {
      wanted.push(condition(`$${values.push(value)}`))
    }
    if (prefix)
      add(
        at => `lower(tag collate "default") collate "C" like lower(${at} collate "default") collate "C"`,
        `${escapeLike(prefix)}%`,
      )
    if (cursor !== undefined) {
      const { images, tag } = decodeCursor(TagPosition, cursor)
      add(at => `images <= ${at}`, images)
      add(at => `(images < $${values.length - 1} or tag > ${at})`, tag)
    }
    const size = clampPageSize(limit)
    const rows = await this.#db.query<TagCount & { selected: number }>(
      `${counts} where ${wanted.join(' and ')} order by images desc, tag limit $${values.push(size + 1)}`,
      values,
    )
    const partial = (rows[0]?.selected ?? 0) > maxCounted
    const page = toPage(rows, size, ({ images, tag }) => ({ images, tag }))
    return { ...page, items: page.items.map(({ tag, images }): TagCount => ({ tag, images })), partial }
  }

  /**
   * One page of the folders directly below a folder, by name.
   * @throws DarkroomError `bad-request` for a cursor of another list
   */
  async listFolders(userId: string, { parent, limit, cursor }: FolderQuery): Promise<Page<Folder>> {
    const after = cursor === undefined ? '' : decodeCursor(FolderPosition, cursor).path
    const size = clampPageSize(limit)
    const rows = await this.#db.query<Folder>(
      `select tag as path, within as images, below > 0 as "hasFolders" from image_tag_counts
       where user_id = $1 and parent = $2 and tag > $3 and (below > 0 or parent <> '') order by tag limit $4`,
      [userId, parent, after, size + 1],
    )
    return toPage(rows, size, ({ path }) => ({ path }))
  }
}

const keptCounts = `select tag, images, 0 as selected from image_tag_counts`

const filteredCounts = ({ source, conditions }: ImageConditions) =>
  `with selected as materialized (
     select tags from ${source} where ${conditions.join(' and ')} order by created_at desc, id desc limit ${maxCounted + 1})
   select tag, images, (select count(*) from selected) as selected
   from (
     select tag collate "C" as tag, count(*) as images from selected, unnest(tags) as tag group by 1) as counts`

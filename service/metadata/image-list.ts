import Type from 'typebox'
import { clampPageSize, cursorText, decodeCursor, encodeCursor, type Page, toPage } from './cursor.ts'
import type { Queryable } from './database.ts'
import { type Image, imageColumns, isRestorable } from './image.ts'

/** The sort orders of a list. Each has an index that ends in the id, so that every position is unique. */
const sorts = {
  createdAt: { column: 'created_at', value: (image: Image) => image.createdAt.getTime() },
  title: { column: 'title', value: (image: Image) => image.title },
  bytes: { column: 'bytes', value: (image: Image) => image.bytes },
} as const

type SortKey = keyof typeof sorts
/** A sort order; a leading minus sign means descending. */
export type ImageSort = SortKey | `-${SortKey}`
export const imageSorts: readonly ImageSort[] = [
  '-createdAt',
  'createdAt',
  'title',
  '-title',
  'bytes',
  '-bytes',
]

/** Chooses and orders images. */
export interface ImageFilters {
  /** Text that the title, the file name, a tag, the alt text or a value of the metadata contains, ignoring case. */
  q?: string | undefined
  /** A tag that the image has. */
  tag?: string | undefined
  format?: string | undefined
  /** A name and a value that the custom metadata has. */
  metadata?: readonly [name: string, value: string] | undefined
  /** Newest first by default. */
  sort?: ImageSort | undefined
}

export interface ImageQuery extends ImageFilters {
  /** The number of images, 1 to 500. */
  limit: number
  /** The `nextCursor` of the previous page. */
  cursor?: string | undefined
  /** Limits the list to these images. */
  ids?: readonly string[] | undefined
  /** Lists deleted images that can still be restored, instead of ready images. */
  deleted?: boolean | undefined
}

/** One page of the user's ready or restorable images. */
export async function listImages(db: Queryable, userId: string, query: ImageQuery): Promise<Page<Image>> {
  const sort = query.sort ?? '-createdAt'
  const { column, value } = sorts[keyOf(sort)]
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  const limit = clampPageSize(query.limit)
  const { conditions, values } = conditionsOf(userId, query)
  if (query.cursor !== undefined) {
    conditions.push(
      `(${column}, id) ${direction === 'desc' ? '<' : '>'} ($${values.length + 1}, $${values.length + 2})`,
    )
    values.push(...positionOf(sort, query.cursor))
  }
  const rows = await db.query<Image>(
    `select ${imageColumns} from images where ${conditions.join(' and ')}
     order by ${column} ${direction}, id ${direction} limit $${values.length + 1}`,
    [...values, limit + 1],
  )
  return toPage(rows, limit, last => ({ sort, value: value(last), id: last.id }))
}

/** The ids of the images before and after an image in a list; null at its ends. */
export interface Neighbours {
  previous: string | null
  next: string | null
}

/**
 * Finds the neighbours of an image in the list that a query selects. The image itself need not be in it: its position
 * follows from the sort order.
 */
export async function findNeighbours(
  db: Queryable,
  userId: string,
  image: Image,
  filters: ImageFilters,
): Promise<Neighbours> {
  const { sort: forwards = '-createdAt' } = filters
  const key = keyOf(forwards)
  const backwards = forwards === key ? (`-${key}` as const) : key
  const [previous, next] = await Promise.all(
    [backwards, forwards].map(async sort => {
      const cursor = encodeCursor({ sort, value: sorts[key].value(image), id: image.id })
      const { items } = await listImages(db, userId, { ...filters, sort, cursor, limit: 1 })
      return items[0]?.id ?? null
    }),
  )
  return { previous: previous ?? null, next: next ?? null }
}

function conditionsOf(userId: string, { q, tag, format, metadata, ids, deleted }: ImageQuery) {
  const conditions = ['user_id = $1', deleted ? isRestorable : `state = 'ready'`]
  const values: unknown[] = [userId]
  const add = (condition: (parameter: string) => string, value: unknown) => {
    conditions.push(condition(`$${values.push(value)}`))
  }
  if (q)
    add(
      at => `(search_text like lower(${at}) or described_text like lower(${at}))`,
      `%${q.replace(/[\\%_]/g, '\\$&')}%`,
    )
  if (tag !== undefined) add(at => `tags @> ${at}`, [tag])
  if (format !== undefined) add(at => `format = ${at}`, format)
  if (ids !== undefined) add(at => `id = any(${at})`, ids)
  if (metadata !== undefined) {
    const [name, value] = metadata.map(text => `$${values.push(text)}`)
    // a term is a hash of the user, the name and the value. The value is not compared again: the planner would take the
    // two conditions for independent, expect few rows, and sort all of them instead of reading one page in order
    conditions.push(`metadata_terms @> array[images_metadata_term($1, ${name}, ${value})]`)
  }
  return { conditions, values }
}

/** The values of a cursor for the row comparison. Rejects a cursor of another sort order. */
function positionOf(sort: ImageSort, cursor: string): [unknown, string] {
  const key = keyOf(sort)
  // Positions are values, not offsets, so a page neither repeats nor skips an image when other images are
  // added or deleted.
  const schema = Type.Object({
    sort: Type.Literal(sort),
    value: key === 'title' ? cursorText : Type.Integer({ minimum: 0, maximum: 8.64e15 }),
    id: Type.String({ pattern: '^[a-z0-9]{6,32}$' }),
  })
  const { value, id } = decodeCursor(schema, cursor)
  return [key === 'createdAt' ? new Date(value) : value, id]
}

function keyOf(sort: ImageSort): SortKey {
  const key = sort.replace('-', '')
  return key === 'title' || key === 'bytes' ? key : 'createdAt'
}

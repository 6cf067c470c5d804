import Type from 'typebox'
import { clampPageSize, cursorText, decodeCursor, encodeCursor, type Page, toPage } from './cursor.ts'
import type { Queryable } from './database.ts'
import { type Image, imageColumns } from './image.ts'
import { type ImageFilter, imageConditions } from './image-filter.ts'

/** The sort orders of a list. Each has an index that ends in the id, so that every position is unique. */
const sorts = {
  createdAt: { order: 'created_at', value: (image: Image) => image.createdAt.getTime() },
  // a position holds the title as it is, and the same function makes the sort key of it
  title: {
    order: 'images_title_order(title, file_name)',
    value: (image: Image) => image.title || (image.fileName ?? ''),
  },
  bytes: { order: 'bytes', value: (image: Image) => image.bytes },
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

export interface ImageQuery extends ImageFilter {
  /** The number of images, 1 to 500. */
  limit: number
  /** The `nextCursor` of the previous page. */
  cursor?: string | undefined
  /** Newest first by default. */
  sort?: ImageSort | undefined
}

/** Chooses and orders the images of a library. */
export type ImageFilters = Omit<ImageQuery, 'limit' | 'cursor' | 'ids' | 'deleted'>

/** One page of the user's ready or restorable images. */
export async function listImages(db: Queryable, userId: string, query: ImageQuery): Promise<Page<Image>> {
  const sort = query.sort ?? '-createdAt'
  const key = keyOf(sort)
  const { order, value } = sorts[key]
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  const limit = clampPageSize(query.limit)
  const { source, conditions, values } = await imageConditions(db, userId, query)
  if (query.cursor !== undefined) {
    const [at, id] = positionOf(sort, query.cursor)
    const place = `$${values.push(at)}`
    const start = key === 'title' ? `images_title_order(${place}, '')` : place
    conditions.push(`(${order}, id) ${direction === 'desc' ? '<' : '>'} (${start}, $${values.push(id)})`)
  }
  const rows = await db.query<Image>(
    `select ${imageColumns} from ${source} where ${conditions.join(' and ')}
     order by ${order} ${direction}, id ${direction} limit $${values.length + 1}`,
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
  const findNext = async (sort: ImageSort) => {
    const cursor = encodeCursor({ sort, value: sorts[key].value(image), id: image.id })
    const { items } = await listImages(db, userId, { ...filters, sort, cursor, limit: 1 })
    return items[0]?.id ?? null
  }
  return { previous: await findNext(backwards), next: await findNext(forwards) }
}

/** The ids of at most `limit` ready images that a filter selects, newest first. */
export async function selectImageIds(
  db: Queryable,
  userId: string,
  filter: Omit<ImageFilter, 'deleted'>,
  limit: number,
): Promise<string[]> {
  const { source, conditions, values } = await imageConditions(db, userId, filter)
  const rows = await db.query<{ id: string }>(
    `select id from ${source} where ${conditions.join(' and ')}
     order by created_at desc, id desc limit $${values.push(limit)}`,
    values,
  )
  return rows.map(({ id }) => id)
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

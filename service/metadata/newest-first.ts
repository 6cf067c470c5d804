import Type from 'typebox'
import { clampPageSize, decodeCursor, type Page, type PageQuery, toPage } from './cursor.ts'

/**
 * The position in a list where a page starts: rows older than `at`, or of the same age with a smaller id.
 * Both are null for the first page.
 */
export interface PagePosition {
  at: Date | null
  id: string | null
  /** The number of rows to load. */
  count: number
}

const Position = Type.Object({
  at: Type.Integer({ minimum: 0, maximum: 8.64e15 }),
  id: Type.String({ pattern: '^[a-z0-9]{6,32}$' }),
})

/**
 * One page of rows, newest first.
 * @throws DarkroomError `bad-request` for a cursor of another list
 */
export async function listNewestFirst<Row extends { id: string }>(
  query: PageQuery,
  load: (place: PagePosition) => Promise<Row[]>,
  ageOf: (row: Row) => Date,
): Promise<Page<Row>> {
  const limit = clampPageSize(query.limit)
  const after = query.cursor === undefined ? undefined : decodeCursor(Position, query.cursor)
  const rows = await load({ at: after ? new Date(after.at) : null, id: after?.id ?? null, count: limit + 1 })
  return toPage(rows, limit, last => ({ at: ageOf(last).getTime(), id: last.id }))
}

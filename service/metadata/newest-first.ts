import Type from 'typebox'
import { clampPageSize, decodeCursor, type Page, type PageQuery, toPage } from './cursor.ts'

/** What comes after a place in a list: older than `at`, or as old with a smaller id. Both are null at the beginning. */
export interface PagePosition {
  at: Date | null
  id: string | null
  /** How many rows are wanted. */
  count: number
}

const Position = Type.Object({
  at: Type.Integer({ minimum: 0, maximum: 8.64e15 }),
  id: Type.String({ pattern: '^[a-z0-9]{6,32}$' }),
})

/** One page of rows that are listed by age, the newest first. @throws DarkroomError `bad-request` for a foreign cursor */
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

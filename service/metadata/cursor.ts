import Type, { type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { DarkroomError } from '../errors/catalogue.ts'

/** One page of a list; `nextCursor` is null on the last page. */
export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

/** Selects one page of a list. */
export interface PageQuery {
  /** The number of items, 1 to 500. */
  limit: number
  /** The `nextCursor` of the previous page. */
  cursor?: string | undefined
}

/** The largest page size; a larger `limit` is reduced to it. */
export const maxPageSize = 500

/** An opaque cursor: the position in a list after which the next page starts. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/**
 * The position in a cursor.
 * @throws DarkroomError `bad-request` when `encodeCursor` did not make it for this list
 */
export function decodeCursor<Schema extends TSchema>(schema: Schema, cursor: string): Static<Schema> {
  const position = parse(cursor)
  if (Value.Check(schema, position)) return position
  throw new DarkroomError(
    'bad-request',
    'cursor: not a cursor of this list, expected the nextCursor of the previous page',
  )
}

/** Makes a page of `rows`, which must have been queried with a limit of `limit + 1`. */
export function toPage<Row>(rows: Row[], limit: number, positionOf: (last: Row) => unknown): Page<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: last && rows.length > limit ? encodeCursor(positionOf(last)) : null }
}

/** Limits a page size to the range from 1 to 500. */
export function clampPageSize(limit: number): number {
  return Math.min(Math.max(Math.trunc(limit), 1), maxPageSize)
}

/** A text in a cursor. It contains no NUL character, because Postgres rejects a query with such a text. */
export const cursorText = Type.String({ pattern: '^[^\\u0000]*$', maxLength: 4_000 })

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

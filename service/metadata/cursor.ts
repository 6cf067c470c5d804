import Type, { type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { DarkroomError } from '../errors/catalogue.ts'

/** One page of a list; `nextCursor` is null on the last. */
export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

/** Which page of a list. */
export interface PageQuery {
  /** How many at most: 1 to 500. */
  limit: number
  /** The `nextCursor` of the page before. */
  cursor?: string | undefined
}

/** The most items that one page holds, whatever is asked for. */
export const maxPageSize = 500

/** An opaque mark of a position in a list: what the next page comes after. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** The position in a cursor. Throws `bad-request` when it is not one that `encodeCursor` made for this list. */
export function decodeCursor<Schema extends TSchema>(schema: Schema, cursor: string): Static<Schema> {
  const position = parse(cursor)
  if (Value.Check(schema, position)) return position
  throw new DarkroomError('bad-request', 'cursor is not one of this list')
}

/** Cuts `rows`, of which one more than `limit` was asked for, into a page. */
export function toPage<Row>(rows: Row[], limit: number, positionOf: (last: Row) => unknown): Page<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: last && rows.length > limit ? encodeCursor(positionOf(last)) : null }
}

/** A page size within bounds. */
export function clampPageSize(limit: number): number {
  return Math.min(Math.max(Math.trunc(limit), 1), maxPageSize)
}

/** Text without NUL, which Postgres cannot compare. */
export const cursorText = Type.String({ pattern: '^[^\\u0000]*$', maxLength: 4_000 })

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

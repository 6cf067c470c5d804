import Type from 'typebox'
import { Cursor } from './text.ts'

/** The query of a paginated list. */
export const PageQuerySchema = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'items per page' }),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
)

/** One page of a list. */
export function pageOf<const Item extends Type.TSchema>(item: Item) {
  return Type.Object({
    items: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()], { description: 'null on the last page' }),
  })
}

/** A list of few items in the shape of a page. */
export function listOf<const Item extends Type.TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item), nextCursor: Type.Null() })
}

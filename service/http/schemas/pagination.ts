import Type from 'typebox'

/** The query of a paginated list. */
export const PageQuerySchema = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'items per page' }),
    cursor: Type.Optional(Type.String({ maxLength: 1000, description: '`nextCursor` of the previous page' })),
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

import Type from 'typebox'

/** The id in the path. It has no pattern, so a malformed id gets the same 404 as the id of another user. */
export const IdParamsSchema = Type.Object({ id: Type.String() })

/** A user's id and the name of something of theirs. */
export const NamedOfParamsSchema = Type.Object({ id: Type.String(), name: Type.String() })

/** The name in the path. It has no pattern, so a malformed name gets the same 404 as an unknown one. */
export const NameParamsSchema = Type.Object({ name: Type.String() })

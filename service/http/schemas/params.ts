import Type from 'typebox'

/** The id in the path. It has no pattern: a malformed id is not found, as another user's id is. */
export const IdParamsSchema = Type.Object({ id: Type.String() })

/** A user's id and the name of something of theirs. */
export const NamedOfParamsSchema = Type.Object({ id: Type.String(), name: Type.String() })

/** The name in the path. It has no pattern: a malformed name is not found, as another user's name is. */
export const NameParamsSchema = Type.Object({ name: Type.String() })

import Type from 'typebox'
import { checked } from '../openapi/checked.ts'
import { plainName } from './text.ts'

/** The id in the path. It has no pattern, so a malformed id gets the same 404 as the id of another user. */
export const IdParamsSchema = Type.Object({ id: Type.String() })

/** A user's id and the name of something of theirs. */
export const NamedOfParamsSchema = Type.Object({ id: Type.String(), name: Type.String() })

/** The name in the path. It has no pattern, so a malformed name gets the same 404 as an unknown one. */
export const NameParamsSchema = Type.Object({ name: Type.String() })

const NewName = Type.String(checked({ pattern: plainName }))

/** The name of something that is written. The handler checks it, with a better error. */
export const NewNameParamsSchema = Type.Object({ name: NewName })

/** A user's id and the name of something of theirs that is written. */
export const NewNamedOfParamsSchema = Type.Object({ id: Type.String(), name: NewName })

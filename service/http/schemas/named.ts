import Type from 'typebox'
import type { NamedRecord } from '../../metadata/named-repository.ts'

/** What the routes of a user's named things share. */

/** Of any form: what is no name is as unknown as another user's. */
export const NameParamsSchema = Type.Object({ name: Type.String() })

export const PageQuerySchema = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    cursor: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  { additionalProperties: false },
)

/** The properties that every named thing has. */
export const namedProperties = {
  name: Type.String(),
  createdAt: Type.String({ description: 'ISO 8601' }),
  updatedAt: Type.String({ description: 'ISO 8601' }),
}

/** A thing as JSON has it. */
export function serializeNamed<Thing extends NamedRecord>(thing: Thing) {
  const { createdAt, updatedAt } = thing
  return { ...thing, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() }
}

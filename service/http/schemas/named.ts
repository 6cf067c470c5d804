import Type from 'typebox'
import type { NamedRecord } from '../../metadata/named-repository.ts'

/** The name in the path. It has no pattern: a malformed name is as unknown as another user's name. */
export const NameParamsSchema = Type.Object({ name: Type.String() })

/** The query of a paginated list. */
export const PageQuerySchema = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    cursor: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  { additionalProperties: false },
)

/** The properties that every named resource has. */
export const namedProperties = {
  name: Type.String(),
  createdAt: Type.String({ description: 'ISO 8601' }),
  updatedAt: Type.String({ description: 'ISO 8601' }),
}

/** A named resource with its dates as ISO 8601 strings. */
export function serializeNamed<Resource extends NamedRecord>(resource: Resource) {
  const { createdAt, updatedAt } = resource
  return { ...resource, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() }
}

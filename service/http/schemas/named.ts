import Type from 'typebox'
import type { NamedRecord } from '../../metadata/named-repository.ts'

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

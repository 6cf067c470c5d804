import Type from 'typebox'
import type { UserLimits } from '../../metadata/user-limits.ts'
import type { Operations } from '../../operations/registry.ts'
import { extensions } from '../../url/address.ts'

const optionalLimit = (minimum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER, description }))

/** The limits that administrators set for a user. */
const LimitsSchema = Type.Object(
  {
    storageBytes: optionalLimit(0, 'total bytes of originals'),
    images: optionalLimit(0, 'number of images'),
    derivativeBytes: optionalLimit(
      0,
      'total bytes of stored derivatives; above it, those that were not used for the longest time are removed',
    ),
    developmentsPerDay: optionalLimit(0, 'renderings of derivatives per day, from midnight to midnight UTC'),
    outputPixels: optionalLimit(1, 'width times height of a derivative'),
    operations: Type.Optional(
      Type.Array(Type.String({ maxLength: 60 }), {
        maxItems: 100,
        description: 'the only operations allowed, also within presets',
      }),
    ),
    formats: Type.Optional(
      Type.Array(Type.Enum(extensions), {
        maxItems: extensions.length,
        description: 'the only formats that a URL may name; auto allows every format that it can resolve to',
      }),
    ),
    requestsPerSecond: optionalLimit(1, 'requests for image URLs per second, in each process'),
  },
  { additionalProperties: false, description: 'an absent field means no limit' },
)

/** The limits of a user in API responses; null for none. */
export const NullableLimitsSchema = Type.Union([Type.Unsafe<UserLimits>(LimitsSchema), Type.Null()])

/** The limits in a request body, where `operations` names operations that exist; null for none. */
export function limitsBodySchema(operations: Operations) {
  const names = Type.Array(Type.Enum([...operations.keys()]), { maxItems: 100 })
  const known = Type.Object(
    { ...LimitsSchema.properties, operations: Type.Optional(names) },
    { additionalProperties: false },
  )
  return Type.Union([Type.Unsafe<UserLimits>(known), Type.Null()], {
    description: 'limits of the user; null for none',
  })
}

import Type from 'typebox'
import Value from 'typebox/value'
import { DarkroomError } from '../../errors/catalogue.ts'
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

/** Parses the limits of a request body; null for none. @throws DarkroomError `bad-request` that names the field */
export function parseLimits(value: unknown, operations: Operations): UserLimits | null {
  if (value === null) return null
  if (!Value.Check(LimitsSchema, value)) throw new DarkroomError('bad-request', describeError(value))
  for (const [index, name] of (value.operations ?? []).entries()) {
    if (operations.has(name)) continue
    throw new DarkroomError('bad-request', `limits.operations.${index}: there is no such operation`)
  }
  return Object.keys(value).length === 0 ? null : value
}

function describeError(value: unknown): string {
  const [first] = Value.Errors(LimitsSchema, value)
  const path = `limits${(first?.instancePath ?? '').replaceAll('/', '.')}`
  if (first?.keyword === 'boolean') return `${path}: is an unknown field`
  return `${path}: ${first?.message ?? 'must be an object or null'}`
}

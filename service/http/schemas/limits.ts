import Type from 'typebox'
import Value from 'typebox/value'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { UserLimits } from '../../metadata/user-limits.ts'
import type { Operations } from '../../operations/registry.ts'
import { extensions } from '../../url/address.ts'

const count = (minimum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER, description }))

/** What administrators allow a user at most. */
const LimitsSchema = Type.Object(
  {
    storageBytes: count(0, 'of the originals'),
    images: count(0, 'how many'),
    developmentsPerDay: count(0, 'from midnight to midnight UTC'),
    outputPixels: count(1, 'width times height of a result'),
    operations: Type.Optional(
      Type.Array(Type.String({ maxLength: 60 }), {
        maxItems: 100,
        description: 'the only ones, those within presets included',
      }),
    ),
    formats: Type.Optional(
      Type.Array(Type.Enum(extensions), {
        maxItems: extensions.length,
        description: 'the only ones that a URL may name; auto stands for whatever it becomes',
      }),
    ),
    requestsPerSecond: count(1, 'for image URLs, in each process'),
  },
  { additionalProperties: false, description: 'what is absent is not limited' },
)

export const NullableLimitsSchema = Type.Union([Type.Unsafe<UserLimits>(LimitsSchema), Type.Null()])

/** The limits of a body; null for none. @throws DarkroomError `bad-request` that names what is wrong */
export function parseLimits(value: unknown, operations: Operations): UserLimits | null {
  if (value === null) return null
  if (!Value.Check(LimitsSchema, value)) throw new DarkroomError('bad-request', whatIsWrong(value))
  for (const [index, name] of (value.operations ?? []).entries()) {
    if (operations.has(name)) continue
    throw new DarkroomError('bad-request', `limits.operations.${index}: there is no such operation`)
  }
  return Object.keys(value).length === 0 ? null : value
}

function whatIsWrong(value: unknown): string {
  const [first] = Value.Errors(LimitsSchema, value)
  const path = `limits${(first?.instancePath ?? '').replaceAll('/', '.')}`
  if (first?.keyword === 'boolean') return `${path}: is not known here`
  return `${path}: ${first?.message ?? 'must be an object or null'}`
}

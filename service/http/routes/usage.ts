import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Principal } from '../../auth/accounts.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { UsageDay, UsageRepository } from '../../metadata/usage-rollups.ts'
import type { UserRepository } from '../../metadata/users.ts'
import { checked } from '../openapi/checked.ts'
import { requirePrincipal } from '../principal.ts'
import { noNul } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly users: Pick<UserRepository, 'findById'>
  readonly usageRepository: Pick<UsageRepository, 'listDays' | 'listTops'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly usage: Parts
  }
}

const dayMs = 86_400_000
/** How long usage is kept, in days. */
const maxDays = 400
const maxNames = 200
const oldest = '2000-01-01'

const Day = (description: string) =>
  Type.Optional(Type.String({ format: 'date', ...checked({ pattern: '^[2-9]\\d{3}-' }), description }))

const Query = Type.Object(
  {
    from: Day('first day (UTC), YYYY-MM-DD; if absent, the range is the 30 days that end with `to`'),
    to: Day('last day (UTC), inclusive; defaults to today'),
    by: Type.Enum(['day', 'image', 'transform', 'code'], { default: 'day' }),
    userId: Type.Optional(
      Type.String({ maxLength: 100, pattern: noNul, description: 'id of another user, for administrators' }),
    ),
  },
  { additionalProperties: false },
)

const count = (description: string) => Type.Integer({ description })

const DayItem = Type.Object({
  day: Type.String(),
  requests: count('requests for image URLs with a valid signature, including errors'),
  hits: Type.Object({
    memory: count('served from memory'),
    store: count('served from the store, including originals'),
    miss: count('rendered for the request'),
    shared: count('answered with the result of a rendering that another request had started'),
  }),
  bytes: count('bytes of response bodies'),
  developments: count('derivatives rendered, including stand-ins, finals and eager ones'),
  cpuMs: Type.Number({ description: 'time that these renderings took, in milliseconds' }),
  errors: count('error responses'),
})

const NameItem = Type.Object({
  name: Type.String({ description: 'an image id, a transform with its format, or a problem code' }),
  requests: Type.Integer(),
  bytes: Type.Integer(),
})

const UsageSchema = Type.Object({
  userId: Type.String(),
  from: Type.String(),
  to: Type.String(),
  by: Type.String(),
  items: Type.Union([Type.Array(DayItem), Type.Array(NameItem)], {
    description: 'every day in order; or up to 200 names, the most frequent first',
  }),
})

/** The usage of a user, recorded every ten seconds: `GET /api/v1/usage`. */
export default async function usageRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const schema = { summary: 'Show usage', querystring: Query, response: { 200: UsageSchema } }
  server.get('/api/v1/usage', { config: { access: 'usage' }, schema }, async request => {
    const { by, ...query } = request.query
    const range = {
      ...rangeOf(query),
      userId: await resolveUser(parts, requirePrincipal(request), query.userId),
    }
    if (by !== 'day')
      return { ...range, by, items: await parts.usageRepository.listTops(range, by, maxNames) }
    const rows = new Map((await parts.usageRepository.listDays(range)).map(row => [row.day, row]))
    return { ...range, by, items: daysOf(range).map(day => serialize(day, rows.get(day))) }
  })
}

/**
 * The user whose usage is requested.
 * @throws DarkroomError `not-found` for an unknown user, or one the caller may not see
 */
async function resolveUser(
  { users }: Pick<Parts, 'users'>,
  { userId, role }: Principal,
  requested = userId,
): Promise<string> {
  if (requested === userId) return userId
  if (role === 'admin' && (await users.findById(requested))) return requested
  throw new DarkroomError('not-found', 'userId: there is no such user')
}

const formatDay = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** @throws DarkroomError `bad-request` */
function rangeOf(query: { from?: string; to?: string }): { from: string; to: string } {
  const to = query.to ?? formatDay(Date.now())
  const from = query.from ?? formatDay(Math.max(0, Date.parse(to) - 29 * dayMs))
  // this also keeps out dates that Postgres cannot represent
  if (from < oldest)
    throw new DarkroomError('bad-request', `from: ${from} is too early, expected ${oldest} or later`)
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1
  if (days < 1) throw new DarkroomError('bad-request', `from: ${from} is after to, expected ${to} or earlier`)
  if (days > maxDays)
    throw new DarkroomError('bad-request', `from: the range has ${days} days, expected at most ${maxDays}`)
  return { from, to }
}

function daysOf({ from, to }: { from: string; to: string }): string[] {
  const days: string[] = []
  for (let at = Date.parse(from); at <= Date.parse(to); at += dayMs) days.push(formatDay(at))
  return days
}

function serialize(day: string, row: UsageDay | undefined) {
  const { requests = 0, memory = 0, store = 0, miss = 0, shared = 0 } = row ?? {}
  const { bytes = 0, developments = 0, cpuMs = 0, errors = 0 } = row ?? {}
  const hits = { memory, store, miss, shared }
  return { day, requests, hits, bytes, developments, cpuMs: Math.round(cpuMs), errors }
}

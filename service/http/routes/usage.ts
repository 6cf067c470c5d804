import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Principal } from '../../auth/accounts.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { UsageDay } from '../../metadata/usage-rollups.ts'
import type { HttpParts, RouteOptions } from '../parts.ts'
import { requirePrincipal } from '../principal.ts'

const dayMs = 86_400_000
/** For how long usage is kept. */
const mostDays = 400
const mostNames = 200
const oldest = '2000-01-01'

const Day = (description: string) => Type.Optional(Type.String({ format: 'date', description }))

const Query = Type.Object(
  {
    from: Day('first day (UTC), YYYY-MM-DD; 30 days with the last one, without it'),
    to: Day('last day (UTC), which counts; today without it'),
    by: Type.Enum(['day', 'image', 'transform', 'code'], { default: 'day' }),
    userId: Type.Optional(Type.String({ maxLength: 100, description: 'somebody else, for administrators' })),
  },
  { additionalProperties: false },
)

const count = (description: string) => Type.Integer({ description })

const DayItem = Type.Object({
  day: Type.String(),
  requests: count('of image URLs that were verified, errors included'),
  hits: Type.Object({
    memory: count('answered from memory'),
    store: count('from the store; originals, too'),
    miss: count('developed for it'),
    shared: count('waited for what another one had asked for'),
  }),
  bytes: count('of bodies that were sent'),
  developments: count('stand-ins, finals and what was made ahead, too'),
  cpuMs: Type.Number({ description: 'what the developments took, in milliseconds' }),
  errors: count('that were answered'),
})

const NameItem = Type.Object({
  name: Type.String({ description: 'an id, a transform with its format, or a code as in problems' }),
  requests: Type.Integer(),
  bytes: Type.Integer(),
})

const Shown = Type.Object({
  userId: Type.String(),
  from: Type.String(),
  to: Type.String(),
  by: Type.String(),
  items: Type.Union([Type.Array(DayItem), Type.Array(NameItem)], {
    description: 'every day, the first first; or at most 200 names, the most frequent first',
  }),
})

/** What a user used, written down every ten seconds: `GET /api/v1/usage`. */
export default async function usage(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const schema = { querystring: Query, response: { 200: Shown } }
  server.get('/api/v1/usage', { config: { access: 'usage' }, schema }, async request => {
    const { by, ...asked } = request.query
    const range = { ...rangeOf(asked), userId: await whose(parts, requirePrincipal(request), asked.userId) }
    if (by !== 'day') return { ...range, by, items: await parts.usageRows.listTops(range, by, mostNames) }
    const known = new Map((await parts.usageRows.listDays(range)).map(row => [row.day, row]))
    return { ...range, by, items: daysOf(range).map(day => show(day, known.get(day))) }
  })
}

/** @throws DarkroomError `not-found` for who is not there, or is none of the asker's business */
async function whose(
  { users }: Pick<HttpParts, 'users'>,
  { userId, role }: Principal,
  asked = userId,
): Promise<string> {
  if (asked === userId) return userId
  if (role === 'admin' && (await users.findById(asked))) return asked
  throw new DarkroomError('not-found', 'userId: there is no such user')
}

const textOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** @throws DarkroomError `bad-request` */
function rangeOf(asked: { from?: string; to?: string }): { from: string; to: string } {
  const to = asked.to ?? textOf(Date.now())
  const from = asked.from ?? textOf(Math.max(0, Date.parse(to) - 29 * dayMs))
  // what Postgres has no word for, either
  if (from < oldest) throw new DarkroomError('bad-request', `from: ${from} is before ${oldest}`)
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1
  if (days < 1) throw new DarkroomError('bad-request', `from: ${from} is after ${to}`)
  if (days > mostDays) throw new DarkroomError('bad-request', `from: at most ${mostDays} days, not ${days}`)
  return { from, to }
}

function daysOf({ from, to }: { from: string; to: string }): string[] {
  const days: string[] = []
  for (let at = Date.parse(from); at <= Date.parse(to); at += dayMs) days.push(textOf(at))
  return days
}

function show(day: string, row: UsageDay | undefined) {
  const { requests = 0, memory = 0, store = 0, miss = 0, shared = 0 } = row ?? {}
  const { bytes = 0, developments = 0, cpuMs = 0, errors = 0 } = row ?? {}
  const hits = { memory, store, miss, shared }
  return { day, requests, hits, bytes, developments, cpuMs: Math.round(cpuMs), errors }
}

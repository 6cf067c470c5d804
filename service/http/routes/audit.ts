import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { AuditFilter, AuditRepository } from '../../metadata/audit.ts'
import { checked } from '../openapi/checked.ts'
import { PageQuerySchema, pageOf } from '../schemas/pagination.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly auditRepository: Pick<AuditRepository, 'list'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly audit: Parts
  }
}

const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description })

const Entry = Type.Object({
  id: Type.String(),
  at: Type.String({ description: 'ISO 8601' }),
  userId: nullable('id of the user who acted; null for a command and for a request without authentication'),
  keyId: nullable('id of the API key; null for a session'),
  action: Type.String({ description: 'what was done, such as user.create' }),
  subject: nullable('id or name of the affected resource'),
  address: Type.String({ description: 'address of the client; `command line` for a command on the server' }),
})

const Page = pageOf(Entry)

const dayMs = 86_400_000
/** Postgres cannot represent the earliest dates that the format allows. */
const oldestDay = '1970-01-01'

const text = (description: string) =>
  Type.Optional(Type.String({ maxLength: 300, pattern: '^[^\\u0000]*$', description }))
const day = (description: string) =>
  Type.Optional(
    Type.String({ format: 'date', ...checked({ pattern: '^(19[789]|[2-9]\\d\\d)\\d-' }), description }),
  )

const Query = Type.Object(
  {
    ...PageQuerySchema.properties,
    action: text('only this action, or the actions that begin with it and a dot: user finds user.create'),
    userId: text('only actions of this user'),
    subject: text('only actions on this resource'),
    from: day('first day (UTC), YYYY-MM-DD'),
    to: day('last day (UTC), inclusive'),
  },
  { additionalProperties: false },
)

/** The audit log, newest first, for administrators: `GET /api/v1/audit`. */
export default async function auditRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const schema = { summary: 'List audit log entries', querystring: Query, response: { 200: Page } }
  server.get('/api/v1/audit', { config: { access: 'admin' }, schema }, async request => {
    const { limit, cursor, from, to, ...filter } = request.query
    const { items, nextCursor } = await parts.auditRepository.list(
      { limit, ...(cursor === undefined ? {} : { cursor }) },
      { ...filter, ...daysOf(from, to) },
    )
    return { items: items.map(entry => ({ ...entry, at: entry.at.toISOString() })), nextCursor }
  })
}

/** @throws DarkroomError `bad-request` */
function daysOf(from?: string, to?: string): Pick<AuditFilter, 'since' | 'before'> {
  for (const [name, value] of Object.entries({ from, to })) {
    if (value !== undefined && value < oldestDay)
      throw new DarkroomError('bad-request', `${name}: ${value} is too early, expected ${oldestDay} or later`)
  }
  return {
    ...(from === undefined ? {} : { since: new Date(from) }),
    ...(to === undefined ? {} : { before: new Date(Date.parse(to) + dayMs) }),
  }
}

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { AuditRepository } from '../../metadata/audit.ts'
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

/** The audit log, newest first, for administrators: `GET /api/v1/audit`. */
export default async function auditRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const schema = { summary: 'List audit log entries', querystring: PageQuerySchema, response: { 200: Page } }
  server.get('/api/v1/audit', { config: { access: 'admin' }, schema }, async request => {
    const { items, nextCursor } = await parts.auditRepository.list(request.query)
    return { items: items.map(entry => ({ ...entry, at: entry.at.toISOString() })), nextCursor }
  })
}

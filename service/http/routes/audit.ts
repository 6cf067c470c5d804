import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { RouteOptions } from '../parts.ts'
import { PageQuerySchema } from '../schemas/named.ts'

const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description })

const Entry = Type.Object({
  id: Type.String(),
  at: Type.String({ description: 'ISO 8601' }),
  userId: nullable('who did it; null where nobody had logged in'),
  keyId: nullable('the API key that he came with; null with a session'),
  action: Type.String({ description: 'such as user.create' }),
  subject: nullable('what it was done to'),
  address: Type.String({ description: 'where the request came from' }),
})

const Page = Type.Object({
  items: Type.Array(Entry),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})

/** Who did what, the latest first, for administrators: `GET /api/v1/audit`. */
export default async function audit(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const schema = { querystring: PageQuerySchema, response: { 200: Page } }
  server.get('/api/v1/audit', { config: { access: 'admin' }, schema }, async request => {
    const { items, nextCursor } = await parts.auditRows.list(request.query)
    return { items: items.map(entry => ({ ...entry, at: entry.at.toISOString() })), nextCursor }
  })
}

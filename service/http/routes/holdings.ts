import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { RouteOptions } from '../parts.ts'

/** Of any form: what is no id is as unknown as one that is nobody's. */
const UserId = Type.Object({ id: Type.String() })

const Holdings = Type.Object(
  {
    images: Type.Integer(),
    storageBytes: Type.Integer({ description: 'of originals, deleted ones that are kept included' }),
    developmentsToday: Type.Integer({
      description: 'since midnight UTC; counted only while developmentsPerDay is limited',
    }),
  },
  { description: 'what limits are compared with' },
)

/** How much of his limits a user has used up, for administrators: `GET /api/v1/users/:id/holdings`. */
export default async function holdings(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const schema = { params: UserId, response: { 200: Holdings } }
  server.get('/api/v1/users/:id/holdings', { config: { access: 'admin' }, schema }, async request => {
    const { id } = request.params
    const held = await parts.quotas.findHoldings(id)
    if (held === undefined) throw new DarkroomError('not-found', 'there is no such user')
    return { ...held, developmentsToday: await parts.quotas.countDevelopments(id) }
  })
}

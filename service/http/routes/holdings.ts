import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { QuotaRepository } from '../../metadata/quotas.ts'
import { requirePrincipal } from '../principal.ts'
import { IdParamsSchema } from '../schemas/params.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly quotas: Pick<QuotaRepository, 'findHoldings' | 'countRenders'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly holdings: Parts
  }
}

const Holdings = Type.Object(
  {
    images: Type.Integer({ description: 'number of images, without deleted ones' }),
    deletedImages: Type.Integer({ description: 'number of deleted images that can be restored' }),
    storageBytes: Type.Integer({
      description: 'total bytes of originals, including deleted ones that can be restored',
    }),
    derivatives: Type.Integer({ description: 'number of stored derivatives' }),
    derivativeBytes: Type.Integer({ description: 'total bytes of stored derivatives' }),
    developmentsToday: Type.Integer({
      description: 'renders since midnight UTC; counted only while developmentsPerDay is limited',
    }),
  },
  { description: 'the amounts that limits apply to' },
)

/**
 * How much of their limits a user has used: `GET /api/v1/me/holdings` and, for administrators,
 * `GET /api/v1/users/:id/holdings`.
 */
export default async function holdingsRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const schema = {
    summary: 'Show how much a user stores and renders',
    params: IdParamsSchema,
    response: { 200: Holdings },
  }
  server.get('/api/v1/users/:id/holdings', { config: { access: 'admin' }, schema }, async request => {
    return measure(parts, request.params.id)
  })

  const own = { summary: 'Show how much you store and render', response: { 200: Holdings } }
  server.get('/api/v1/me/holdings', { config: { access: 'signed-in' }, schema: own }, async request =>
    measure(parts, requirePrincipal(request).userId),
  )
}

/** @throws DarkroomError `not-found` */
async function measure({ quotas }: Parts, userId: string) {
  const held = await quotas.findHoldings(userId)
  if (held === undefined) throw new DarkroomError('not-found', 'there is no such user')
  return { ...held, developmentsToday: await quotas.countRenders(userId) }
}

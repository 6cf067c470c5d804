import type { FastifyInstance } from 'fastify'
import type { Operations } from '../../operations/registry.ts'
import { createOpenApiDocument } from '../openapi/document.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly operations: Operations
  readonly publicUrl: string
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly openapi: Parts
  }
}

/** The OpenAPI 3.1 document: `GET /api/v1/openapi.json`. */
export default async function openapiRoutes(server: FastifyInstance, parts: Parts): Promise<void> {
  let text: string | undefined
  server.get(
    '/api/v1/openapi.json',
    { config: { access: 'anyone' }, schema: { summary: 'Get this document' } },
    async (_, reply) => {
      text ??= JSON.stringify(
        createOpenApiDocument(server.documentedRoutes, parts.operations.values(), parts.publicUrl),
      )
      return reply.type('application/json').header('cache-control', 'no-cache').send(text)
    },
  )
}

import type { FastifyInstance } from 'fastify'
import { collectDocumentedRoutes } from '../openapi/route.ts'

/** Collects the routes for the OpenAPI document. It must be registered before them. */
export default function collectRoutes(server: FastifyInstance): void {
  server.decorate('documentedRoutes', collectDocumentedRoutes(server))
}

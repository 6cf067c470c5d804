import type { FastifyInstance } from 'fastify'
import { collectDocumentedRoutes } from '../openapi/route.ts'

/** Collects the routes for the OpenAPI document. This plugin must be registered before the routes. */
export default function collectRoutes(server: FastifyInstance): void {
  server.decorate('documentedRoutes', collectDocumentedRoutes(server))
}

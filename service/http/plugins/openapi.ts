import type { FastifyInstance } from 'fastify'
import { shownRoutesOf } from '../openapi/route.ts'

/** Collects the routes for the document of the API. */
export default async function openapi(server: FastifyInstance): Promise<void> {
  server.decorate('shownRoutes', shownRoutesOf(server))
}

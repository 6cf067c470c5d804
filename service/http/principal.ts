import type { FastifyRequest } from 'fastify'
import type { Principal } from '../auth/accounts.ts'
import { DarkroomError } from '../errors/catalogue.ts'

/** The authenticated caller. @throws DarkroomError `unauthorized` on a route that skipped authentication */
export function requirePrincipal(request: FastifyRequest): Principal {
  if (request.principal === null)
    throw new DarkroomError('unauthorized', 'a valid access token or API key is required')
  return request.principal
}

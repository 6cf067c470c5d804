import type { FastifyRequest } from 'fastify'
import type { Principal } from '../auth/accounts.ts'
import { DarkroomError } from '../errors/catalogue.ts'

/** Who asks. @throws DarkroomError `unauthorized` where authentication did not take place */
export function requirePrincipal(request: FastifyRequest): Principal {
  if (request.principal === null) throw new DarkroomError('unauthorized', 'a valid access token is needed')
  return request.principal
}

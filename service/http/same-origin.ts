import type { FastifyRequest } from 'fastify'
import { DarkroomError } from '../errors/catalogue.ts'

/**
 * Rejects a request that a browser sends on behalf of a page of another site (CSRF): cookies are accepted only from
 * pages of this host or of the host of the public URL. Requests without `Origin` come from programs and pass.
 * @throws DarkroomError `forbidden`
 */
export function requireSameOrigin(request: FastifyRequest, publicUrl: string): void {
  const { origin, host } = request.headers
  if (origin === undefined) return
  const originHost = URL.canParse(origin) ? new URL(origin).host : undefined
  if (originHost === undefined || (originHost !== host && originHost !== new URL(publicUrl).host))
    throw new DarkroomError('forbidden', 'requests from pages of other sites are not allowed')
}

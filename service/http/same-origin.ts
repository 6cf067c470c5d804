import type { FastifyRequest } from 'fastify'
import { DarkroomError } from '../errors/catalogue.ts'

/**
 * Refuses what another site made a browser send: its cookies count only for pages of this host, or of that of the
 * public URL. Programs send no `Origin`. @throws DarkroomError `forbidden`
 */
export function requireSameOrigin(request: FastifyRequest, publicUrl: string): void {
  const { origin, host } = request.headers
  if (origin === undefined) return
  const from = URL.canParse(origin) ? new URL(origin).host : undefined
  if (from === undefined || (from !== host && from !== new URL(publicUrl).host))
    throw new DarkroomError('forbidden', 'this is not for pages of other sites')
}

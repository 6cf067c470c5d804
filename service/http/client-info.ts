import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Actor } from '../auth/audit-log.ts'
import type { ClientInfo } from '../auth/client-info.ts'
import { disconnectSignal } from './disconnect-signal.ts'

/** The longest client address that is kept, in characters. A real address is shorter, but a proxy may send anything. */
const maxAddress = 64

/** The client's address: the peer of the connection, or the one that a trusted proxy forwards. */
function addressOf(request: FastifyRequest): string {
  // a closed connection has no address, although the type says otherwise
  return String(request.ip ?? '').slice(0, maxAddress)
}

/** The client behind a request, for rate limits and login attempts. */
export function clientInfoOf(request: FastifyRequest, reply: FastifyReply): ClientInfo {
  return { address: addressOf(request), signal: disconnectSignal(reply) }
}

/** The caller, for the audit log. */
export function actorOf(request: FastifyRequest): Actor {
  const { principal } = request
  const keyId = principal?.credential.kind === 'key' ? principal.credential.id : null
  return { userId: principal?.userId ?? null, keyId, address: addressOf(request) }
}

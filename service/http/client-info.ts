import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Actor } from '../auth/audit-log.ts'
import type { ClientInfo } from '../auth/client-info.ts'
import { disconnectSignal } from './disconnect-signal.ts'

/** What a proxy may say of an address, in characters; a true one is shorter. */
const maxAddress = 64

/** Where a request comes from: the connection's other end, or what a trusted proxy says. */
function addressOf(request: FastifyRequest): string {
  // a connection that is gone has none, whatever the type says
  return String(request.ip ?? '').slice(0, maxAddress)
}

export function clientInfoOf(request: FastifyRequest, reply: FastifyReply): ClientInfo {
  return { address: addressOf(request), signal: disconnectSignal(reply) }
}

/** Who asks, for the audit log. */
export function actorOf(request: FastifyRequest): Actor {
  const { principal } = request
  const keyId = principal?.credential.kind === 'key' ? principal.credential.id : null
  return { userId: principal?.userId ?? null, keyId, address: addressOf(request) }
}

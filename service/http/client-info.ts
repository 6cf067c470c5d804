import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Actor } from '../auth/audit.ts'
import type { Visitor } from '../auth/visitor.ts'
import { disconnectSignal } from './disconnect-signal.ts'

/** What a proxy may say of an address, in characters; a true one is shorter. */
const maxAddress = 64

/** Where a request comes from: the connection's other end, or what a trusted proxy says. */
function addressOf(request: FastifyRequest): string {
  // a connection that is gone has none, whatever the type says
  return String(request.ip ?? '').slice(0, maxAddress)
}

export function clientInfoOf(request: FastifyRequest, reply: FastifyReply): Visitor {
  return { address: addressOf(request), signal: disconnectSignal(reply) }
}

/** Who asks, for the audit log. */
export function actorOf(request: FastifyRequest): Actor {
  const { principal } = request
  const keyId = principal?.proof.kind === 'key' ? principal.proof.id : null
  return { userId: principal?.userId ?? null, keyId, address: addressOf(request) }
}

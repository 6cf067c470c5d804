import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** How often a closing server looks for connections that it need not wait for, in milliseconds. */
const lookMs = 50

/**
 * Lets the server close without waiting for time-outs: for connections that clients keep alive after the response
 * that was under way, and for those over which no request ever came (browsers open them in advance; Node does not
 * count them as idle).
 */
export default async function connections(server: FastifyInstance): Promise<void> {
  const open = new Set<Socket>()
  server.server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  const closeUnused = () => {
    server.server.closeIdleConnections()
    for (const socket of open) {
      if (socket.bytesRead === 0) socket.destroy()
    }
  }
  server.addHook('preClose', async () => {
    closeUnused()
    const looking = setInterval(closeUnused, lookMs).unref()
    server.server.once('close', () => clearInterval(looking))
  })
}

import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** How often a closing server looks for connections that it can close, in milliseconds. */
const pollMs = 50

/**
 * Lets the server close without waiting for timeouts. It closes connections that clients keep alive after their last
 * response, and those that never sent a request: browsers open them in advance, and Node does not count them as idle.
 */
export default function closeUnusedConnections(server: FastifyInstance): void {
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
    const timer = setInterval(closeUnused, pollMs).unref()
    server.server.once('close', () => clearInterval(timer))
  })
}

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A TCP proxy that a test can interrupt. */
export interface TestProxy {
  readonly port: number
  /** Breaks all connections and refuses new ones, as a stopped server would. */
  cut(): Promise<void>
  /** Keeps connections open but drops all bytes, as a broken network would. */
  blackhole(): void
  /** Forwards again. */
  restore(): Promise<void>
}

/** Opens a proxy to a port of loopback until the test ends. */
export async function openProxy(t: Test, target: number): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  let silent = false
  const server = createServer(client => {
    if (silent) return keep(client)
    const upstream = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      keep(from)
      from.on('data', chunk => silent || to.write(chunk))
      from.once('close', () => to.destroy())
    }
  })
  function keep(socket: Socket) {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
  }
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const cut = async () => {
    const closed = server.listening ? once(server, 'close') : undefined
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen(0)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  t.teardown(cut)
  return {
    port: address.port,
    cut,
    blackhole() {
      silent = true
    },
    async restore() {
      // swallowed bytes are lost, so the connections that lost them cannot continue
      if (silent) for (const socket of sockets) socket.destroy()
      silent = false
      if (!server.listening) await listen(address.port)
    },
  }
}

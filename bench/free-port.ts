import { once } from 'node:events'
import { createServer } from 'node:net'

/** Finds a free port of the loopback interface. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address instanceof Object) return address.port
  throw new Error('no free port')
}

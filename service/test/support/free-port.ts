import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the range of ephemeral ports, which an outgoing connection could occupy before the test listens. */
const [first, last] = [15_000, 32_000]
/** Parallel test files use disjoint ports, as a test may listen on its port much later. */
const shares = 8
/** The run numbers the files that run at once; a file that is started alone gets the last share. */
const share = Number(process.env.DARKROOM_TEST_LANE ?? shares - 1) % shares
/** Ports that this process has used, because a restarted service listens on the same port again. */
const given = new Set<number>()

/** Finds a free port of the loopback interface. Never returns the same port twice. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = first + Math.floor((Math.random() * (last - first)) / shares) * shares + share
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
  throw new Error('no free port')
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below the ports that systems give to outgoing connections, one of which could take it before it is used. */
const [first, last] = [15_000, 32_000]
/** Test files that run at once have ports of their own, as one may take long to listen on what it was given. */
const shares = 8
/** tap gives files that run at once different numbers; who is no test file has the last share. */
const share = Number(process.env.TAP_JOB_ID ?? shares - 1) % shares
/** In this process: a service that restarts listens again on the port that it had. */
const given = new Set<number>()

/** A port of loopback that nobody listens on at this moment, and that is given to nobody else. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = first + Math.floor((Math.random() * (last - first)) / shares) * shares + share
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
  throw new Error('there is no free port')
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

import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { setTimeout } from 'node:timers/promises'

/** A proxy in front of an S3 server that can be slow, or refuse requests. */
export interface S3Proxy {
  readonly url: string
  /** How long each request waits before it is passed on, in milliseconds. */
  delayMs: number
  /** The share of requests that are answered with 503, from 0 to 1. */
  refusedShare: number
  /** How many requests were refused. */
  readonly refused: number
  stop(): Promise<void>
}

const slowDown = '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>fault</Message></Error>'

/** Starts the proxy on a free port of loopback. The signature of a request covers the address of the proxy, which is passed on. */
export async function startS3Proxy(endpoint: string): Promise<S3Proxy> {
  const { hostname, port } = new URL(endpoint)
  const agent = new Agent({ keepAlive: true })
  const faults = { delayMs: 0, refusedShare: 0, refused: 0 }
  let count = 0
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (faults.delayMs > 0) await setTimeout(faults.delayMs)
    // evenly spread, so that repeated attempts of one call do not all fail by chance
    if (faults.refusedShare > 0 && (count++ * faults.refusedShare) % 1 < faults.refusedShare) {
      faults.refused++
      incoming.resume()
      outgoing.writeHead(503, { 'content-type': 'application/xml' }).end(slowDown)
      return
    }
    const { method, url: path, headers } = incoming
    const passed = request({ hostname, port, method, path, headers, agent }, response => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers)
      pipeline(response, outgoing, () => {})
    })
    passed.on('error', () => outgoing.destroy())
    outgoing.on('close', () => outgoing.writableFinished || passed.destroy())
    pipeline(incoming, passed, () => {})
  }
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (incoming, outgoing) => {
    outgoing.on('error', () => {})
    void answer(incoming, outgoing)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (!(address instanceof Object)) throw new Error('the proxy has no port')
  return Object.assign(faults, {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  })
}

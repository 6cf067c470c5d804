import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

/** A call that the cache got. */
export interface Told {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A cache in front of the service, as far as it is told something: it notes what, and answers as it shall. */
export interface ToldEdge {
  readonly url: string
  readonly calls: readonly Told[]
  /** How it answers from now on; `told` hears of each call before it is answered. */
  answer(
    status: number,
    more?: { headers?: Record<string, string>; body?: string; told?: () => Promise<void> },
  ): void
  /** What it was told in bodies that hold `tags`, in order. */
  tags(): string[]
}

/** Listens on loopback until the test ends. */
export async function openToldEdge(t: Test): Promise<ToldEdge> {
  const calls: Told[] = []
  let status = 200
  let more: Parameters<ToldEdge['answer']>[1] = {}
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const body = await text(request)
    await more?.told?.()
    calls.push({ method, path, headers, body })
    response.writeHead(status, more?.headers).end(more?.body ?? '{"success":true}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the cache has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    answer(newStatus, options = {}) {
      status = newStatus
      more = options
    },
    tags: () => calls.flatMap(({ body }): string[] => JSON.parse(body).tags ?? []),
  }
}

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

export interface ReceivedCall {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An HTTP server in place of a CDN or a webhook. It records its calls. */
export interface CallReceiver {
  readonly url: string
  readonly calls: readonly ReceivedCall[]
  /** Sets the response from now on. `onCall` runs for each call before it is answered. */
  answer(
    status: number,
    more?: { headers?: Record<string, string>; body?: string; onCall?: () => Promise<void> },
  ): void
  /** The `tags` of all bodies, in order. */
  tags(): string[]
}

/** Listens on loopback until the test ends. */
export async function openCallReceiver(t: Test): Promise<CallReceiver> {
  const calls: ReceivedCall[] = []
  let status = 200
  let more: Parameters<CallReceiver['answer']>[1] = {}
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const body = await text(request)
    await more?.onCall?.()
    calls.push({ method, path, headers, body })
    response.writeHead(status, more?.headers).end(more?.body ?? '{"success":true}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
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

import type { IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { startHttpServer } from './http-server.ts'

export interface ReceivedCall {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An HTTP server that replaces a CDN or a webhook receiver and records its requests. */
export interface CallReceiver {
  readonly url: string
  readonly calls: readonly ReceivedCall[]
  /** Sets the response of all later requests. `onCall` runs before each response is sent. */
  answer(
    status: number,
    more?: { headers?: Record<string, string>; body?: string; onCall?: () => Promise<void> },
  ): void
  /** The `tags` of all request bodies, in order. */
  tags(): string[]
}

/** Starts a receiver on loopback that stops when the test ends. */
export async function openCallReceiver(t: Test): Promise<CallReceiver> {
  const calls: ReceivedCall[] = []
  let status = 200
  let more: Parameters<CallReceiver['answer']>[1] = {}
  const port = await startHttpServer(t, async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const body = await text(request)
    await more?.onCall?.()
    calls.push({ method, path, headers, body })
    response.writeHead(status, more?.headers).end(more?.body ?? '{"success":true}')
  })
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    answer(newStatus, options = {}) {
      status = newStatus
      more = options
    },
    tags: () => calls.flatMap(({ body }): string[] => JSON.parse(body).tags ?? []),
  }
}

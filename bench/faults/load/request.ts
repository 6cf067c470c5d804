import { Agent, request } from 'node:http'

/** A whole response, or why there was none. */
export interface Reply {
  /** 0 when the connection broke, or the response did not come in time. */
  readonly status: number
  readonly body: Buffer
  readonly etag: string
  /** The error of the connection; empty when there was a response. */
  readonly error: string
}

export interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Whether it gets a connection of its own, as that of a new client. */
  readonly isNewConnection?: boolean
}

/** How long a response may take, in milliseconds: longer than nginx waits for one process. */
export const replyMs = 40_000

/** Sends requests to a port of loopback over connections that are kept. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64 })
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  /** Never rejects: an error is a reply with status 0. */
  send(
    path: string,
    { method = 'GET', headers = {}, body, isNewConnection = false }: Question = {},
  ): Promise<Reply> {
    const length = body === undefined ? {} : { 'content-length': String(body.length) }
    const options = {
      port: this.#port,
      host: '127.0.0.1',
      path,
      method,
      agent: isNewConnection ? (false as const) : this.#agent,
    }
    return new Promise(resolve => {
      const finish = (reply: Partial<Reply>) => {
        clearTimeout(timer)
        resolve({ status: 0, body: Buffer.alloc(0), etag: '', error: '', ...reply })
      }
      const sent = request({ ...options, headers: { ...headers, ...length } }, response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', error => finish({ error: error.message }))
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response
          finish({ status, body: Buffer.concat(chunks), etag: headers.etag ?? '' })
        })
      })
      const timer = setTimeout(() => sent.destroy(new Error(`no response within ${replyMs} ms`)), replyMs)
      sent.on('error', error => finish({ error: error.message }))
      sent.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

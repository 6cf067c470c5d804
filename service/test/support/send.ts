import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/**
 * Sends a request without normalising its path. Accepts a response that arrives before the whole body is sent,
 * even if the server then closes the connection.
 */
export function send(
  base: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: Iterable<Buffer> } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body = [] } = options
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const sending = request({ hostname, port, path, method, headers, agent: false })
    let answered = false
    sending.once('response', response => {
      answered = true
      const { statusCode: status = 0, headers } = response
      text(response).then(body => resolve({ status, headers, body }), reject)
    })
    sending.on('error', error => answered || reject(error))
    const parts = body[Symbol.iterator]()
    const more = () => {
      for (let next = parts.next(); !next.done; next = parts.next()) {
        if (!sending.write(next.value)) return sending.once('drain', more)
      }
      sending.end()
    }
    more()
  })
}

/** A multipart form as bytes, including forms that `FormData` cannot create. */
export class Form {
  readonly boundary = 'a-boundary-of-the-tests'
  readonly #parts: Buffer[] = []

  file(name: string, content: Buffer, fileName = 'picture.jpg'): this {
    return this.part(`name="${name}"; filename="${fileName}"`, 'image/jpeg', content)
  }

  field(name: string, value: string, type = 'text/plain'): this {
    return this.part(`name="${name}"`, type, Buffer.from(value))
  }

  /** A part that is neither a field nor a file. */
  unnamed(content: Buffer): this {
    this.#parts.push(Buffer.from(`--${this.boundary}\r\nx: y\r\n\r\n`), content, Buffer.from('\r\n'))
    return this
  }

  part(disposition: string, type: string, content: Buffer): this {
    const head = `--${this.boundary}\r\ncontent-disposition: form-data; ${disposition}\r\ncontent-type: ${type}\r\n\r\n`
    this.#parts.push(Buffer.from(head), content, Buffer.from('\r\n'))
    return this
  }

  get type(): string {
    return `multipart/form-data; boundary=${this.boundary}`
  }

  get bytes(): Buffer {
    return Buffer.concat([...this.#parts, Buffer.from(`--${this.boundary}--\r\n`)])
  }
}

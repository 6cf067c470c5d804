import type { ServerResponse } from 'node:http'

/** Node keeps the printed head here. It is not documented: without it, Node prints each head. */
interface PrintableResponse extends ServerResponse {
  _header?: string | null
}

/**
 * The head of responses with status 200 (the status line and all headers, `Date` included), as Node has printed it. Node
 * checks and prints every header of every response, which is a fifth of the work for a hit from memory. Here one
 * response of each second is printed, and others with the same headers are sent with its head.
 */
export class PrintedHead {
  #text = ''
  #headers: readonly string[] | undefined
  /** When the `Date` in the text is over, on the clock of `performance.now()`. */
  #validUntil = 0

  /** Writes the head. @param headers names and values in turn @param now on the clock of `performance.now()` */
  write(response: PrintableResponse, headers: string[], now: number): void {
    // the text ends with the headers of a connection that is kept
    const { shouldKeepAlive } = response
    if (shouldKeepAlive && headers === this.#headers && now < this.#validUntil) {
      response.statusCode = 200
      response._header = this.#text
      if (response.headersSent) return
    }
    response.writeHead(200, headers)
    if (shouldKeepAlive && response._header) {
      this.#text = response._header
      this.#headers = headers
      this.#validUntil = now + 1000 - (Date.now() % 1000)
    }
  }
}

import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { until } from '../../../service/test/support/until.ts'

/** Connections of clients that send little or nothing. */
export class HeldConnections {
  readonly #sockets = new Set<Socket>()
  readonly #started = performance.now()
  /** How many were opened, how many could not be, and how many the server has closed. */
  opened = 0
  refused = 0
  closed = 0
  /** When the server closed the last one, in milliseconds after the first was opened. */
  lastClosedMs = 0
  #isEnding = false

  /** Opens one. Resolves when it is open or refused. @param sent what it sends at once */
  open(port: number, sent: Buffer | string, localAddress = '127.0.0.1'): Promise<Socket | undefined> {
    return new Promise(resolve => {
      const socket = connect({ port, host: '127.0.0.1', localAddress })
      let isOpen = false
      socket.once('connect', () => {
        isOpen = true
        this.opened++
        this.#sockets.add(socket)
        if (sent.length > 0) socket.write(sent)
        resolve(socket)
      })
      socket.on('error', () => {})
      socket.once('close', () => {
        if (!isOpen) {
          this.refused++
          return resolve(undefined)
        }
        this.#sockets.delete(socket)
        if (this.#isEnding) return
        this.closed++
        this.lastClosedMs = performance.now() - this.#started
      })
      // the response is not of interest, but its end is
      socket.resume()
    })
  }

  get size(): number {
    return this.#sockets.size
  }

  /** Sends a text on each open connection. */
  sendAll(text: string): void {
    for (const socket of this.#sockets) socket.write(text)
  }

  /** Closes those that are still open. */
  end(): void {
    this.#isEnding = true
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** How long the servers may take to disconnect clients that stall, in milliseconds. */
const limitMs = 150_000

/** Waits until the servers have closed all connections. @throws Error when they do not */
export async function untilDisconnected(held: HeldConnections): Promise<void> {
  const isOver = () => held.size === 0
  await until('all of these clients are disconnected', limitMs, isOver).finally(() => held.end())
}

/** What became of the connections, for the table. */
export function noteOf({ opened, closed, lastClosedMs }: HeldConnections): string {
  return `${closed} of ${opened} disconnected, the last after ${Math.round(lastClosedMs / 1000)} s`
}

/** How many files this process may open, as sockets count as files; infinite where that is not known. */
export async function mostOpenFiles(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY)
}

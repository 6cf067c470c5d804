import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** The program, which has to be in the `PATH`. */
export const natsProgram = 'nats-server'

/** The arguments of a JetStream server on a port of loopback that keeps its data in a folder. */
export function natsServerArgs(port: number, folder: string): string[] {
  return ['-a', '127.0.0.1', '-p', `${port}`, '-js', '-sd', folder]
}

/** How long a server may take to start, in milliseconds. */
const startMs = 10_000

/**
 * Waits until the server accepts clients; false when it could not be started or has exited.
 * @throws Error when it is slow
 */
export async function untilNatsListens(server: ChildProcess, port: number): Promise<boolean> {
  const started = Date.now()
  while (server.pid !== undefined && server.exitCode === null && server.signalCode === null) {
    if (await sendsInfo(port)) return true
    if (Date.now() - started > startMs) throw new Error(`nats-server was not ready within ${startMs} ms`)
    await sleep(25)
  }
  return false
}

/** A server that is ready sends `INFO` to every new connection. */
async function sendsInfo(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    const [greeting] = await once(socket, 'data')
    return String(greeting).startsWith('INFO ')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

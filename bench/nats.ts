import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Processes } from './processes.ts'
import { freePort } from './service.ts'

/** A NATS server of the run. */
export interface Nats {
  readonly url: string
  stop(): Promise<void>
}

/** How long it may take to start, in milliseconds. */
const startMs = 10_000

/** Starts the machine's `nats-server` with its data in a folder; undefined where there is none. */
export async function startNats(processes: Processes, folder: string): Promise<Nats | undefined> {
  const port = await freePort()
  const server = processes.startServer('nats-server', [
    '-a',
    '127.0.0.1',
    '-p',
    `${port}`,
    '-js',
    '-sd',
    folder,
  ])
  const begun = Date.now()
  while (server.pid !== undefined && server.exitCode === null) {
    if (await greets(port)) return { url: `nats://127.0.0.1:${port}`, stop: () => processes.stop(server) }
    if (Date.now() - begun > startMs) throw new Error('the NATS server was not ready in time')
    await setTimeout(25)
  }
  return undefined
}

/** A server that is ready says `INFO` to whoever connects. */
async function greets(port: number): Promise<boolean> {
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

import {
  natsProgram,
  natsServerArgs,
  untilNatsListens,
} from '../service/test/support/services/nats-server.ts'
import { freePort } from './free-port.ts'
import type { Processes } from './processes.ts'

/** The NATS server of a benchmark run. */
export interface BenchNats {
  readonly url: string
  stop(): Promise<void>
}

/** Starts the installed `nats-server` with its data in a folder; undefined if it is not installed. */
export async function startBenchNats(processes: Processes, folder: string): Promise<BenchNats | undefined> {
  const port = await freePort()
  const server = processes.startServer(natsProgram, natsServerArgs(port, folder))
  if (!(await untilNatsListens(server, port))) return undefined
  return { url: `nats://127.0.0.1:${port}`, stop: () => processes.stop(server) }
}

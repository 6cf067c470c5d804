import autocannon from 'autocannon'
import { cpuMs } from './cpu.ts'
import type { Pair } from './stats.ts'

/** A server under load: where it listens and which process it is. */
export interface LoadedServer {
  readonly origin: string
  readonly pid: number | undefined
}

/** What one round of load found. */
export interface Round {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** CPU time of the server for one request, in microseconds; NaN where it cannot be read. */
  readonly cpuMicros: number
}

export interface Load {
  readonly connections: number
  readonly seconds: number
  /** Dealt out to the connections, each of which asks for its own in turn; all ask for the only one. */
  readonly paths: readonly string[]
}

/** One round of load. @throws Error when any request failed: figures of failures say nothing */
async function runLoad({ origin, pid }: LoadedServer, load: Load): Promise<Round> {
  const { connections, seconds: duration, paths } = load
  let connection = 0
  const setupClient = (client: autocannon.Client) => {
    ignoreBodies(client)
    const own = connection++ % Math.min(connections, paths.length)
    const share = paths.filter((_, index) => index % connections === own)
    client.setRequests(share.map(path => ({ method: 'GET', path })))
  }
  const cpuBefore = cpuMs(pid)
  const result = await autocannon({ url: origin, connections, duration, setupClient })
  const spentMs = cpuMs(pid) - cpuBefore
  const { requests, latency, errors, non2xx } = result
  if (errors > 0 || non2xx > 0)
    throw new Error(`${errors} requests failed, ${non2xx} were not answered by 200`)
  return {
    perSecond: requests.total / result.duration,
    p50: latency.p50,
    p99: latency.p99,
    cpuMicros: (spentMs * 1000) / requests.total,
  }
}

/**
 * autocannon decodes each body as UTF-8 text, which of a JPEG's bytes takes ten times as long as the server takes to
 * send them: it would measure itself, and everything would look equal. The bytes still arrive and are counted.
 */
function ignoreBodies(client: autocannon.Client): void {
  const queue: unknown = Reflect.get(client, 'pipelinedRequests')
  if (!(queue instanceof Object && 'addBody' in queue)) throw new Error('autocannon is another than expected')
  queue.addBody = () => {}
}

/** Warms both servers up, then loads them in turn. */
export async function runPairs(
  servers: Pair<LoadedServer>,
  load: Load,
  pairs: number,
): Promise<Pair<Round>[]> {
  const rounds: Pair<Round>[] = []
  const warmUp = { ...load, seconds: Math.min(2, load.seconds) }
  await runLoad(servers.darkroom, warmUp)
  await runLoad(servers.baseline, warmUp)
  for (let round = 0; round < pairs; round++) {
    const darkroom = await runLoad(servers.darkroom, load)
    rounds.push({ darkroom, baseline: await runLoad(servers.baseline, load) })
  }
  return rounds
}

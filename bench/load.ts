import autocannon from 'autocannon'
import { cpuMs } from './process-usage.ts'
import type { Pair } from './stats.ts'

/** A server under load: its address and its process. */
export interface LoadedServer {
  readonly origin: string
  readonly pid: number | undefined
  /** The paths to request of this server; absent: those of the load. */
  readonly paths?: readonly string[]
}

/** Results of one round of load. */
export interface Round {
  readonly perSecond: number
  /** Latency in milliseconds. */
  readonly p50: number
  readonly p99: number
  /** CPU time of the server per request, in microseconds; NaN if it cannot be read. */
  readonly cpuMicros: number
}

export interface Load {
  readonly connections: number
  readonly seconds: number
  /**
   * The paths are distributed over the connections, and each connection requests its own ones in turn. With fewer paths
   * than connections, several connections request the same path.
   */
  readonly paths: readonly string[]
  /** Requests per second of all connections; absent: as many as the server answers. */
  readonly perSecond?: number
}

/** Runs one round of load. @throws Error if a request failed, because a failure's latency has no meaning */
async function runLoad(
  { origin, pid, paths: own }: LoadedServer,
  { connections, seconds: duration, paths: common, perSecond }: Load,
): Promise<Round> {
  const paths = own ?? common
  let connection = 0
  const setupClient = (client: autocannon.Client) => {
    ignoreBodies(client)
    const first = connection++ % Math.min(connections, paths.length)
    const share = paths.filter((_, index) => index % connections === first)
    client.setRequests(share.map(path => ({ method: 'GET', path })))
  }
  const cpuBefore = cpuMs(pid)
  const result = await autocannon({
    ...{ url: origin, connections, duration, setupClient },
    ...(perSecond !== undefined && { overallRate: perSecond }),
  })
  const spentMs = cpuMs(pid) - cpuBefore
  const { requests, latency, errors, non2xx } = result
  if (errors > 0 || non2xx > 0) throw new Error(`${errors} requests failed, ${non2xx} responses were not 2xx`)
  return {
    perSecond: requests.total / result.duration,
    p50: latency.p50,
    p99: latency.p99,
    cpuMicros: (spentMs * 1000) / requests.total,
  }
}

/**
 * autocannon decodes each body as UTF-8 text. For a JPEG this takes ten times as long as the server needs to send it,
 * so autocannon would measure itself and hide all differences. The bytes are still received and counted.
 */
function ignoreBodies(client: autocannon.Client): void {
  const queue: unknown = Reflect.get(client, 'pipelinedRequests')
  if (!(queue instanceof Object && 'addBody' in queue)) throw new Error('unsupported version of autocannon')
  queue.addBody = () => {}
}

/** Warms up both servers, then loads them alternately. */
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

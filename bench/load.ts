import { loadByAutocannon } from './generators/autocannon.ts'
import type { Demand } from './generators/generator.ts'
import { loadByWrk, wrkVersion } from './generators/wrk.ts'
import { serverCpuMs, untilIdle } from './process-usage.ts'
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
  /** How many cores the server kept busy. */
  readonly cores: number
}

/** V8 compiles what is called often, so the first thousands of requests cost more. */
const warmUpSeconds = 3

/** The demand of each round, whatever the server. */
export type Load = Omit<Demand, 'origin'>

/** The program that sends as many requests as a server answers: wrk, or autocannon where wrk is not installed. */
export const loadGenerator = wrkVersion ?? 'autocannon'

async function runLoad({ origin, pid, paths }: LoadedServer, load: Load): Promise<Round> {
  const demand = { ...load, origin, paths: paths ?? load.paths }
  const cpuBefore = serverCpuMs(pid)
  const canUseWrk = wrkVersion !== undefined && load.perSecond === undefined
  const { requests, seconds, p50, p99 } = await (canUseWrk ? loadByWrk : loadByAutocannon)(demand)
  const spentMs = serverCpuMs(pid) - cpuBefore
  return {
    perSecond: requests / seconds,
    p50,
    p99,
    cpuMicros: (spentMs * 1000) / requests,
    cores: spentMs / (seconds * 1000),
  }
}

/** Warms up both servers, then loads them alternately. */
export async function runPairs(
  servers: Pair<LoadedServer>,
  load: Load,
  pairs: number,
): Promise<Pair<Round>[]> {
  const rounds: Pair<Round>[] = []
  const warmUp = { ...load, seconds: warmUpSeconds }
  await runLoad(servers.darkroom, warmUp)
  await runLoad(servers.baseline, warmUp)
  await untilIdle(servers.darkroom.pid)
  for (let round = 0; round < pairs; round++) {
    const darkroom = await runLoad(servers.darkroom, load)
    rounds.push({ darkroom, baseline: await runLoad(servers.baseline, load) })
  }
  return rounds
}

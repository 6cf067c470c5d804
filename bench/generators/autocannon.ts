import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ask } from '../processes.ts'
import type { Demand, Supply } from './generator.ts'

const program = fileURLToPath(new URL('./autocannon-process.js', import.meta.url))

/** One core is left to the server. */
const mostProcesses = Math.min(8, Math.max(1, availableParallelism() - 1))

/** Loads a server with autocannon, in one process for each core but one. Slower than wrk, but it can hold a rate. */
export async function loadByAutocannon(demand: Demand): Promise<Supply> {
  const supplies = await Promise.all(sharesOf(demand).map(runProcess))
  const sum = (of: (supply: Supply) => number) => supplies.reduce((total, each) => total + of(each), 0)
  const requests = sum(each => each.requests)
  return {
    requests,
    seconds: Math.max(...supplies.map(each => each.seconds)),
    // the processes do the same, so the mean of their medians is close to the median of all
    p50: sum(each => each.p50 * each.requests) / requests,
    p99: Math.max(...supplies.map(each => each.p99)),
  }
}

/** Splits the connections, the rate and the paths among processes. Each process has at least one path. */
function sharesOf({ connections, paths, perSecond, ...rest }: Demand): Demand[] {
  const processes = Math.min(mostProcesses, connections)
  return Array.from({ length: processes }, (_, process) => ({
    ...rest,
    connections: Math.floor((connections + process) / processes),
    paths: paths.length < processes ? paths : paths.filter((_path, index) => index % processes === process),
    ...(perSecond !== undefined && { perSecond: perSecond / processes }),
  }))
}

/** autocannon computes no percentiles in a worker thread, so it runs in a child process. */
async function runProcess(demand: Demand): Promise<Supply> {
  const child = fork(program)
  try {
    return await ask<Demand, Supply>(child, demand)
  } finally {
    child.kill()
  }
}

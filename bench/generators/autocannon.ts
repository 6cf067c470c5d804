import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Demand, Supply } from './generator.ts'

/** One core is left to the server. */
const mostThreads = Math.min(8, Math.max(1, availableParallelism() - 1))

/** Loads a server with autocannon, in one thread for each core but one. Slower than wrk, but it can hold a rate. */
export async function loadByAutocannon(demand: Demand): Promise<Supply> {
  const supplies = await Promise.all(sharesOf(demand).map(runThread))
  const sum = (of: (supply: Supply) => number) => supplies.reduce((total, each) => total + of(each), 0)
  const requests = sum(each => each.requests)
  return {
    requests,
    seconds: Math.max(...supplies.map(each => each.seconds)),
    // the threads do the same, so the mean of their medians is close to the median of all
    p50: sum(each => each.p50 * each.requests) / requests,
    p99: Math.max(...supplies.map(each => each.p99)),
  }
}

/** Splits the connections, the rate and the paths among threads. Each thread has at least one path. */
function sharesOf({ connections, paths, perSecond, ...rest }: Demand): Demand[] {
  const threads = Math.min(mostThreads, connections)
  return Array.from({ length: threads }, (_, thread) => ({
    ...rest,
    connections: Math.floor((connections + thread) / threads),
    paths: paths.length < threads ? paths : paths.filter((_path, index) => index % threads === thread),
    ...(perSecond !== undefined && { perSecond: perSecond / threads }),
  }))
}

async function runThread(demand: Demand): Promise<Supply> {
  const thread = new Worker(new URL('./autocannon-thread.js', import.meta.url), { workerData: demand })
  try {
    const [supply] = await once(thread, 'message')
    return supply
  } finally {
    await thread.terminate()
  }
}

import { readFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { setTimeout } from 'node:timers/promises'

/**
 * A process of its own that plays another user: it requests an image that the service has in memory, again and again over
 * its own connection, and prints a line for each slow answer. `node neighbor.js <url> <pid of the service>`
 *
 * The machine may be busy with other work, so two times are measured for each request: how long the service's main thread
 * has worked before the answer, which is the service's fault, and how long the answer took without the time in which
 * either thread was ready to run but got no core.
 */
export interface SlowAnswer {
  /** When the request was sent, in milliseconds since the epoch. */
  readonly at: number
  readonly ms: number
  /** CPU time of the service's main thread. */
  readonly workMs: number
  /** `ms` without the time in which the threads waited for a core. */
  readonly ownMs: number
}

/** What the neighbour prints at its end. */
export interface NeighborReport {
  readonly requests: number
  readonly failures: number
  readonly slowestMs: number
  readonly slowestOwnMs: number
  readonly slowestWorkMs: number
}

/** Answers above this are printed, in milliseconds. */
const slowMs = 100

/** Times of a process's main thread on a core and waiting for one, in milliseconds. */
function threadTimes(pid: number): { work: number; waited: number } {
  try {
    const [work = 0, waited = 0] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1')
      .split(' ')
      .map(Number)
    return { work: work / 1e6, waited: waited / 1e6 }
  } catch {
    return { work: 0, waited: 0 }
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

const request = (url: string) =>
  new Promise<number>((resolve, reject) => {
    get(url, { agent }, response => {
      response
        .resume()
        .once('end', () => resolve(response.statusCode ?? 0))
        .once('error', reject)
    }).once('error', reject)
  })

async function main(url: string, pid: number): Promise<void> {
  let isRunning = true
  process.stdin.resume().once('end', () => {
    isRunning = false
  })
  let report: NeighborReport = { requests: 0, failures: 0, slowestMs: 0, slowestOwnMs: 0, slowestWorkMs: 0 }
  while (isRunning) {
    const [at, begun] = [Date.now(), performance.now()]
    const before = [threadTimes(pid), threadTimes(process.pid)]
    const status = await request(url).catch(() => 0)
    const ms = performance.now() - begun
    const after = [threadTimes(pid), threadTimes(process.pid)]
    const waited = after.reduce((sum, one, index) => sum + one.waited - (before[index]?.waited ?? 0), 0)
    const workMs = (after[0]?.work ?? 0) - (before[0]?.work ?? 0)
    const ownMs = Math.max(0, ms - waited)
    if (ms > slowMs) console.log(JSON.stringify({ at, ms, workMs, ownMs } satisfies SlowAnswer))
    report = {
      requests: report.requests + 1,
      failures: report.failures + (status === 200 ? 0 : 1),
      slowestMs: Math.max(report.slowestMs, ms),
      slowestOwnMs: Math.max(report.slowestOwnMs, ownMs),
      slowestWorkMs: Math.max(report.slowestWorkMs, Math.min(workMs, ms)),
    }
    await setTimeout(10)
  }
  agent.destroy()
  console.log(JSON.stringify(report))
}

const [url, pid] = process.argv.slice(2)
if (url !== undefined) await main(url, Number(pid))

import { setTimeout } from 'node:timers/promises'
import type { Attack } from './attacks.ts'
import { cpuMs, endedChildrenCpuMs, memoryBytes, nodeChildrenOf } from './process-usage.ts'
import type { Service, UploadAnswer } from './service.ts'

/** What an attack costs the service, and its other users. */
export interface HostileRun {
  readonly answer: UploadAnswer
  /** Time from the start of the attack to the answer, in milliseconds. */
  readonly ms: number
  /** CPU time that the service and its child processes use until they are idle again, in milliseconds. */
  readonly cpuMs: number
  /** The peak of the resident memory minus its value before the attack, in bytes. */
  readonly peakBytes: number
  /** The slowest and the median upload of another user in the meantime, in milliseconds. */
  readonly others: { readonly slowest: number; readonly median: number }
}

export interface Sides {
  /** Sessions of the users who attack, all at the same time. */
  readonly attackers: readonly Service[]
  /** A session of a user who uploads small pictures. */
  readonly other: Service
  readonly small: Blob
}

const sampleMs = 20
/** The service counts as idle when it has used less CPU time than this in `idleWindowMs`. */
const idleCpuMs = 30
const idleWindowMs = 600
/** How long to wait until the service is idle, in milliseconds. */
const idleLimitMs = 180_000

/**
 * Sends an attack, while another user uploads small pictures.
 * @param leaveMs after how many milliseconds the attackers disconnect
 */
export async function runHostile(
  { attackers, other, small }: Sides,
  attack: Attack,
  leaveMs?: number,
): Promise<HostileRun> {
  const pid = other.pid ?? 0
  await untilIdle(pid)
  const memory = watchMemory(pid)
  const [cpu, begun] = [treeCpuMs(pid), performance.now()]
  const done = new AbortController()
  const others = uploadRepeatedly(other, small, done.signal)
  const answers = await Promise.all(attackers.map(attacker => attack.send(attacker, leaveMs)))
  const ms = performance.now() - begun
  done.abort()
  const delays = (await others).toSorted((a, b) => a - b)
  await untilIdle(pid)
  return {
    answer: answers[0] ?? { status: 0, code: 'none' },
    ms,
    cpuMs: treeCpuMs(pid) - cpu,
    peakBytes: memory.stop(),
    others: { slowest: delays.at(-1) ?? 0, median: delays[Math.floor(delays.length / 2)] ?? 0 },
  }
}

/** @returns milliseconds of each upload */
async function uploadRepeatedly(session: Service, file: Blob, signal: AbortSignal): Promise<number[]> {
  const delays: number[] = []
  await setTimeout(100)
  do {
    const begun = performance.now()
    const { status, code } = await session.tryUpload(file)
    if (status !== 201) console.error(`an upload of another user was answered with ${status} ${code}`)
    delays.push(performance.now() - begun)
    await setTimeout(50)
  } while (!signal.aborted)
  return delays
}

/** The service and its Node processes. */
const processesOf = (pid: number) => [pid, ...nodeChildrenOf(pid)]

/** CPU milliseconds of the service and its child processes, including child processes that have ended. */
function treeCpuMs(pid: number): number {
  const running = processesOf(pid).map(cpuMs).filter(Number.isFinite)
  return running.reduce((sum, ms) => sum + ms, endedChildrenCpuMs(pid))
}

const treeBytes = (pid: number) => processesOf(pid).reduce((sum, one) => sum + memoryBytes(one), 0)

function watchMemory(pid: number) {
  const before = treeBytes(pid)
  let peak = before
  const timer = setInterval(() => {
    peak = Math.max(peak, treeBytes(pid))
  }, sampleMs)
  return {
    stop: () => {
      clearInterval(timer)
      return peak - before
    },
  }
}

async function untilIdle(pid: number): Promise<void> {
  const deadline = performance.now() + idleLimitMs
  for (let used = treeCpuMs(pid); performance.now() < deadline; ) {
    await setTimeout(idleWindowMs)
    const now = treeCpuMs(pid)
    if (now - used < idleCpuMs) return
    used = now
  }
}

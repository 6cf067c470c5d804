import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { usageOf } from '../service/engine/isolation/process-usage.ts'

/**
 * CPU milliseconds (user and system, all threads) of a process; NaN on systems without `/proc`. Unlike wall-clock time,
 * it hardly depends on the machine's other load.
 */
export function cpuMs(pid: number | undefined): number {
  return (pid === undefined ? undefined : usageOf(pid)?.cpuMs) ?? Number.NaN
}

/** Memory of a process in bytes; 0 when it has ended. */
export const memoryBytes = (pid: number): number => usageOf(pid)?.bytes ?? 0

/** The Node processes that a process has started; not those of the embedded database. */
export const nodeChildrenOf = (parent: number): number[] =>
  childrenOf(parent, command => /\bnode\b/.test(command))

const isNoDatabase = (command: string) => !/\bpostgres\b/.test(command)

/** The processes that a process has started, if their command line counts. */
export function childrenOf(parent: number, isCounted: (command: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => Number(fieldsOf(pid)[1]) === parent && isCounted(read(`/proc/${pid}/cmdline`)))
}

/** CPU milliseconds of a process's main thread, which runs its JavaScript; NaN on systems without `/proc`. */
export function mainThreadMs(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN
  const fields = fieldsIn(read(`/proc/${pid}/task/${pid}/stat`))
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** The memory of a server in bytes: that of its process and of the processes that it has started. */
export const serverBytes = (pid: number): number =>
  childrenOf(pid, isNoDatabase).reduce((sum, child) => sum + memoryBytes(child), memoryBytes(pid))

/**
 * CPU milliseconds of a server: its process, the processes that it has started, and those that have ended. The embedded
 * database is not included. NaN on systems without `/proc`.
 */
export function serverCpuMs(pid: number | undefined): number {
  const own = cpuMs(pid)
  if (pid === undefined || Number.isNaN(own)) return Number.NaN
  const ofChildren = childrenOf(pid, isNoDatabase).map(child => usageOf(child)?.cpuMs ?? 0)
  return ofChildren.reduce((sum, one) => sum + one, own + endedChildrenCpuMs(pid))
}

/** A server is idle when it uses less than this share of a core, in several successive checks of this length. */
const idleShare = 0.05
const idleMs = 500
const idleChecks = 3
const mostIdleChecks = 240

/** Waits until a server has finished its work in the background, such as the analysis of uploads. At most two minutes. */
export async function untilIdle(pid: number | undefined): Promise<void> {
  let idle = 0
  for (let check = 0; check < mostIdleChecks; check++) {
    const before = serverCpuMs(pid)
    await setTimeout(idleMs)
    const isBusy = serverCpuMs(pid) - before > idleShare * idleMs
    idle = isBusy ? 0 : idle + 1
    if (idle === idleChecks) return
  }
  throw new Error('the server did not become idle')
}

/** CPU milliseconds of the child processes that have ended. The fields of proc(5) are hundredths of a second. */
export function endedChildrenCpuMs(pid: number): number {
  const fields = fieldsOf(pid)
  return (Number(fields[13]) + Number(fields[14])) * 10
}

/** The fields of proc(5) after the name of the program. Times are hundredths of a second. */
const fieldsOf = (pid: number): string[] => fieldsIn(read(`/proc/${pid}/stat`))

const fieldsIn = (stat: string): string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ')

/** Reads a file below `/proc`. Empty when its process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { childrenOf, endedChildrenCpuMs } from './process-usage.ts'

/**
 * CPU milliseconds of the embedded Postgres of a service: the server and its processes, those that have ended included.
 * @param data the data directory of the service
 */
export function databaseCpuMs(data: string): number {
  const server = Number(
    readFileSync(join(data, 'postgres', 'data', 'postmaster.pid'), 'latin1').split('\n')[0],
  )
  const running = [server, ...childrenOf(server, () => true)]
  return running.reduce((sum, pid) => sum + threadMs(pid), endedChildrenCpuMs(server))
}

/** CPU milliseconds of a process with one thread, more exact than proc(5)'s hundredths of a second; 0 when it has ended. */
function threadMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6
  } catch {
    return 0
  }
}

import { readFileSync } from 'node:fs'

/** Linux reports process times in hundredths of a second to every program, whatever its kernel counts in. */
const tickMs = 10

/**
 * CPU milliseconds (user and system, all threads) that a process has spent; NaN where the system has no `/proc`.
 * Unlike the time on a clock it hardly depends on what else the machine does. Fields by proc(5).
 */
export function cpuMs(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // the program's name stands in parentheses and may hold spaces
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * tickMs
  } catch {
    return Number.NaN
  }
}

import { readFileSync } from 'node:fs'

/** Linux reports process times to programs in hundredths of a second, whatever the kernel's own tick is. */
const tickMs = 10

/**
 * CPU milliseconds (user and system, all threads) of a process; NaN on systems without `/proc`.
 * Unlike wall-clock time, it hardly depends on the machine's other load. The fields are described in proc(5).
 */
export function cpuMs(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // the program's name is in parentheses and may contain spaces
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * tickMs
  } catch {
    return Number.NaN
  }
}

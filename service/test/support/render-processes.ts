import { readdir, readFile } from 'node:fs/promises'

/** The reason for skipping tests that need /proc. */
export const skipWithoutProc = process.platform === 'linux' ? false : 'needs /proc'

/** The render processes of a parent, from proc(5). Excludes processes that have exited. */
export const renderProcessesOf = (parent: number): Promise<number[]> =>
  childrenOf(parent, /\/render-main\.js/)

/** The processes of a parent that inspect uploads. */
export const inspectionProcessesOf = (parent: number): Promise<number[]> =>
  childrenOf(parent, /\/inspection-main\.js/)

async function childrenOf(parent: number, program: RegExp): Promise<number[]> {
  const running = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const isChild = await Promise.all(running.map(pid => isChildOf(pid, parent, program).catch(() => false)))
  return running.filter((_, at) => isChild[at])
}

async function isChildOf(pid: number, parent: number, program: RegExp): Promise<boolean> {
  const fields = await statOf(pid)
  if (Number(fields[1]) !== parent || fields[0] === 'Z') return false
  return program.test(await readFile(`/proc/${pid}/cmdline`, 'latin1'))
}

/** The CPU time of a process, in seconds. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const fields = await statOf(pid)
  // ticks are hundredths of a second on Linux
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** The resident memory of a process, in bytes. */
export async function residentBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024
}

/** The fields after the process name (which may contain anything): state, parent, … */
async function statOf(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Whether a process is running. A zombie is not. */
export async function isRunning(pid: number): Promise<boolean> {
  const fields = await statOf(pid).catch(() => ['Z'])
  return fields[0] !== 'Z'
}

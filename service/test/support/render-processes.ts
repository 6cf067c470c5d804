import { readdir, readFile } from 'node:fs/promises'

/** Why children cannot be looked for here, if so. */
export const skipWithoutProc = process.platform === 'linux' ? false : 'there is no /proc'

/** The processes in which another one develops images, by what proc(5) tells; those that have ended are not among them. */
export async function renderProcessesOf(parent: number): Promise<number[]> {
  const running = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const isChild = await Promise.all(running.map(pid => isBody(pid, parent).catch(() => false)))
  return running.filter((_, at) => isChild[at])
}

async function isBody(pid: number, parent: number): Promise<boolean> {
  const fields = await statOf(pid)
  if (Number(fields[1]) !== parent || fields[0] === 'Z') return false
  return (await readFile(`/proc/${pid}/cmdline`, 'latin1')).includes('/isolation/child-main.js')
}

/** The processor time that a process has taken, in seconds. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const fields = await statOf(pid)
  // in ticks, of which Linux shows a hundred a second everywhere
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** The memory of a process, in bytes. */
export async function residentBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024
}

/** The fields after the name, which may hold anything: state, parent, … */
async function statOf(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Whether a process runs; one that has ended and was not waited for does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const fields = await statOf(pid).catch(() => ['Z'])
  return fields[0] !== 'Z'
}

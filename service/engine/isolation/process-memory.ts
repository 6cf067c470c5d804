import { readFile } from 'node:fs/promises'

/** How often a process is looked at, in milliseconds. */
const sampleMs = 100

/**
 * Watches how much memory a process has, swapped out or not, in bytes; on Linux only.
 * @returns what ends the watch
 */
export function watchMemory(pid: number, onSeen: (bytes: number) => void): () => void {
  const look = async () => onSeen(bytesIn(await readFile(`/proc/${pid}/status`, 'latin1')))
  const timer = setInterval(() => look().catch(() => {}), sampleMs)
  return () => clearInterval(timer)
}

/** From the fields `VmRSS` and `VmSwap`, which proc(5) output in kB of 1,024 bytes. */
function bytesIn(status: string): number {
  const fields = status.matchAll(/^Vm(?:RSS|Swap):\s*(\d+) kB$/gm)
  return [...fields].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0)
}

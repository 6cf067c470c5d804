import { readFile } from 'node:fs/promises'

/** Milliseconds between two samples. */
const sampleMs = 100

/**
 * Samples the memory of a process in bytes, swapped out or not. Works on Linux only.
 * @returns a function that stops it
 */
export function watchMemory(pid: number, onSample: (bytes: number) => void): () => void {
  const sample = async () => onSample(bytesIn(await readFile(`/proc/${pid}/status`, 'latin1')))
  const timer = setInterval(() => sample().catch(() => {}), sampleMs)
  return () => clearInterval(timer)
}

/** Sums the fields `VmRSS` and `VmSwap`, which proc(5) gives in kB of 1,024 bytes. */
function bytesIn(status: string): number {
  const fields = status.matchAll(/^Vm(?:RSS|Swap):\s*(\d+) kB$/gm)
  return [...fields].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0)
}

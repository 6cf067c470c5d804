import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { childrenOf } from '../../process-usage.ts'

/** How long killed processes may take to vanish, in milliseconds. */
const goneMs = 10_000

/** A process and all of its descendants, parents first. */
export function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid, () => true).flatMap(treeOf)]
}

/** Sends a signal to processes. Those that have ended are left out. */
export function signalAll(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // it has just ended
    }
  }
}

/** Kills a process with its descendants, and waits until all of them are gone. */
export async function killTree(pid: number): Promise<void> {
  const pids = treeOf(pid)
  signalAll(pids, 'SIGKILL')
  const deadline = performance.now() + goneMs
  while (pids.some(isRunning)) {
    if (performance.now() > deadline) throw new Error(`processes ${pids} survived SIGKILL`)
    await setTimeout(20)
  }
}

/** Whether a process exists, and is not a zombie that waits for its parent. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

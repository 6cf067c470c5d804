import type { RenderBackend } from '../render-backend.ts'
import { maxRenderSeconds } from '../sources/libvips.ts'
import { ProcessPool, type ProcessPoolOptions } from './process-pool.ts'

/** A task stops itself after half of this time. A process that does not is killed. */
const maxMs = 2 * maxRenderSeconds * 1000

/** About the cost of starting a process, so that a client that disconnects does not cost more than one that waits. */
const graceMs = 250

/** A backend that works in child processes: a decoder that crashes, hangs or exhausts memory fails one task only. */
export function createIsolatedBackend(options: Omit<ProcessPoolOptions, 'maxMs' | 'graceMs'>): RenderBackend {
  const pool = new ProcessPool({ ...options, maxMs, graceMs })
  return {
    inspect: (path, signal) => pool.run('inspect', { path }, signal),
    decodePage: (format, original, page, signal) =>
      pool.run('decodePage', { format, original, page }, signal),
    render: (source, { input: planInput, settings }, signal) =>
      pool.run('render', { source, planInput, settings }, signal),
    refine: (source, { input: planInput, settings }, standin, signal) =>
      pool.run('refine', { source, planInput, settings, standin }, signal),
    buildLadder: (original, spec, signal) => pool.run('buildLadder', { original, spec }, signal),
    analyze: (source, { facts }, signal) => pool.run('analyze', { source, facts }, signal),
    close: () => pool.close(),
  }
}

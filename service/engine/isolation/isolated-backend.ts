import type { RenderBackend } from '../render-backend.ts'
import { maxRenderSeconds } from '../sources/libvips.ts'
import { ProcessPool, type ProcessPoolOptions } from './process-pool.ts'

/** A task stops by itself after half of this time. If it still runs after all of it, its process is killed. */
const maxMs = 2 * maxRenderSeconds * 1000

/**
 * How long a task may go on after its client has disconnected, in milliseconds, before its process is killed. It is
 * about the time that starting a process takes: killing earlier could cost more than letting the task end.
 */
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

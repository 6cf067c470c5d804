import type { RenderBackend } from '../render-backend.ts'
import { maxRenderSeconds } from '../sources/libvips.ts'
import { ProcessPool, type ProcessPoolOptions } from './process-pool.ts'

/** A task ends itself in half of it; what does not is beyond hearing. */
const maxMs = 2 * maxRenderSeconds * 1000

/** About what a new process costs, so that a client who comes and goes does not cost more than one who stays. */
const graceMs = 250

/** All of it in child processes: a decoder that crashes, hangs or eats memory input down one piece of work. */
export function createIsolatedBackend(options: Omit<ProcessPoolOptions, 'maxMs' | 'graceMs'>): RenderBackend {
  const children = new ProcessPool({ ...options, maxMs, graceMs })
  return {
    inspect: (path, signal) => children.run('inspect', { path }, signal),
    decodePage: (format, original, page, signal) =>
      children.run('decodePage', { format, original, page }, signal),
    render: (source, { input: recipe, settings }, signal) =>
      children.run('render', { source, recipe, settings }, signal),
    refine: (source, { input: recipe, settings }, standin, signal) =>
      children.run('refine', { source, recipe, settings, standin }, signal),
    buildLadder: (original, spec, signal) => children.run('buildLadder', { original, spec }, signal),
    analyze: (source, { facts }, signal) => children.run('analyze', { source, facts }, signal),
    close: () => children.close(),
  }
}

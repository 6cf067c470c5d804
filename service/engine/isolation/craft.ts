import type { Craft } from '../craft.ts'
import { maxSeconds } from '../libvips.ts'
import { Children, type ChildrenOptions } from './children.ts'

/** A task ends itself in half of it; what does not is beyond hearing. */
const maxMs = 2 * maxSeconds * 1000

/** About what a new process costs, so that a client who comes and goes does not cost more than one who stays. */
const graceMs = 250

/** All of it in child processes: a decoder that crashes, hangs or eats memory takes down one piece of work. */
export function craftInChildren(options: Omit<ChildrenOptions, 'maxMs' | 'graceMs'>): Craft {
  const children = new Children({ ...options, maxMs, graceMs })
  return {
    inspect: (path, signal) => children.run('inspect', { path }, signal),
    rung: (format, original, page, signal) => children.run('rung', { format, original, page }, signal),
    develop: (material, { input: recipe, settings }, signal) =>
      children.run('develop', { material, recipe, settings }, signal),
    refine: (material, { input: recipe, settings }, standin, signal) =>
      children.run('refine', { material, recipe, settings, standin }, signal),
    ladder: (original, order, signal) => children.run('ladder', { original, order }, signal),
    look: (material, { facts }, signal) => children.run('look', { material, facts }, signal),
    close: () => children.close(),
  }
}

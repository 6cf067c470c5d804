import { sniffBytes } from '../foreign/sniff.ts'
import type { Inspector, RenderBackend } from '../render-backend.ts'
import { budgetFor, budgetForFile } from './file-budget.ts'
import { type InspectionBudget, inspectionLimits, renderLimits } from './process-limits.ts'
import { ProcessPool } from './process-pool.ts'

/** What both kinds of child processes need to know. */
interface IsolationOptions {
  /** Maximum number of processes. */
  readonly size: number
  /** Maximum number of pixels an original may have. */
  readonly maxPixels: number
}

/** Renders in child processes: a decoder that crashes, hangs or exhausts memory fails one task only. */
export function createIsolatedBackend({
  maxBytes,
  ...options
}: IsolationOptions & { readonly maxBytes: number }): RenderBackend {
  const pool = new ProcessPool({ ...options, program: 'render', limits: renderLimits(maxBytes) })
  return {
    render: (source, { input: planInput, settings }, signal) =>
      pool.run('render', { source, planInput, settings }, signal),
    refine: (source, { input: planInput, settings }, standin, signal) =>
      pool.run('refine', { source, planInput, settings, standin }, signal),
    buildLadder: (original, spec, signal) => pool.run('buildLadder', { original, spec }, signal),
    decodeCopy: (original, spec, signal) => pool.run('decodeCopy', { original, spec }, signal),
    analyze: (source, { facts }, signal) => pool.run('analyze', { source, facts }, signal),
    close: () => pool.close(),
  }
}

/** How long a file waits for a warm process: less than it takes to start one. */
const patienceMs = 100
/** How long a process that was needed for several files at once is kept. */
const idleMs = 30_000

/** Inspects uploads in child processes, within a budget of time and memory that their decoders cannot evade. */
export function createIsolatedInspector(options: IsolationOptions, budget: InspectionBudget): Inspector {
  const pool = new ProcessPool({
    ...options,
    ...{ program: 'inspection', limits: inspectionLimits(budget), patienceMs, idleMs, keepsOne: true },
  })
  return {
    inspect: async (path, signal) => {
      const limits = inspectionLimits(await budgetForFile(budget, path))
      return pool.run('inspect', { path }, signal, limits)
    },
    decodePage: (format, original, page, signal) => {
      const limits = inspectionLimits(budgetFor(budget, original.subarray(0, sniffBytes), original.length))
      return pool.run('decodePage', { format, original, page }, signal, limits)
    },
    close: () => pool.close(),
  }
}

import type { Config } from '../config.ts'
import type { Engine } from '../engine/engine.ts'
import type { InspectionBudget } from '../engine/isolation/process-limits.ts'
import { createEngine } from '../engine/sharp-engine.ts'
import type { Foundation } from './foundation.ts'
import { type Infrastructure, mebibyte } from './infrastructure.ts'

/** The image engine, with its metrics. */
export function composeEngine(
  { config, inspector, closers }: Infrastructure,
  { metrics }: Pick<Foundation, 'metrics'>,
): Engine {
  const engine = createEngine({
    concurrency: config.DARKROOM_CONCURRENCY,
    queueLimit: config.DARKROOM_QUEUE_LIMIT,
    maxPixels: config.DARKROOM_MAX_PIXELS,
    // a worker takes its jobs one after the other, so a core left free for the next tenant would stay idle
    reserveCore: config.DARKROOM_ROLE !== 'worker',
    inspection: inspectionOf(config),
    inspector,
    isolation: isolationOf(config),
  })
  closers.push(() => engine.close())
  metrics.watch('darkroom_engine_running', 'Renders in progress', () => engine.load.running)
  metrics.watch('darkroom_engine_waiting', 'Renders waiting for a slot', () => engine.load.waiting)
  metrics.watch('darkroom_engine_inspecting', 'Inspections of uploads', () => engine.load.inspecting)
  metrics.watch(
    'darkroom_engine_background',
    'Analyses and ladders in progress, on cores that requests leave idle',
    () => engine.load.background,
  )
  const costHelp = 'Measured render time divided by the estimate, by output format'
  metrics.watchEach('darkroom_cost_scale', costHelp, async () => engine.costFactors, 'format')
  return engine
}

export function inspectionOf(config: Config): InspectionBudget | undefined {
  if (config.DARKROOM_ISOLATION === 'none') return undefined
  return {
    maxMs: config.DARKROOM_INSPECTION_SECONDS * 1000,
    maxBytes: config.DARKROOM_INSPECTION_MB * mebibyte,
  }
}

function isolationOf(config: Config): { maxBytes: number } | undefined {
  if (config.DARKROOM_ISOLATION !== 'process') return undefined
  return { maxBytes: config.DARKROOM_ISOLATION_MB * mebibyte }
}

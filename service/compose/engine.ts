import type { Config } from '../config.ts'
import type { Engine } from '../engine/engine.ts'
import type { InspectionBudget } from '../engine/isolation/process-limits.ts'
import { createEngine } from '../engine/sharp-engine.ts'
import { libvipsLoad } from '../engine/sources/libvips.ts'
import type { Metrics } from '../telemetry/metrics.ts'
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
    memoryBytes: config.DARKROOM_RENDER_MEMORY_MB * mebibyte,
    maxPixels: config.DARKROOM_MAX_PIXELS,
    // a worker takes its jobs one after the other, so a core left free for the next tenant would stay idle
    reserveCore: config.DARKROOM_ROLE !== 'worker',
    inspection: inspectionOf(config),
    inspector,
    isolation: isolationOf(config),
  })
  closers.push(() => engine.close())
  watchEngine(engine, metrics)
  return engine
}

function watchEngine(engine: Engine, metrics: Metrics): void {
  metrics.watch('darkroom_engine_running', () => engine.load.running)
  metrics.watch('darkroom_engine_waiting', () => engine.load.waiting)
  metrics.watch('darkroom_engine_oldest_seconds', () => engine.load.oldestMs / 1000)
  metrics.watch('darkroom_engine_memory_bytes', () => engine.load.memoryBytes)
  metrics.watch('darkroom_engine_inspecting', () => engine.load.inspecting)
  metrics.watch('darkroom_engine_background', () => engine.load.background)
  metrics.watchEach('darkroom_cost_scale', async () => engine.costFactors)
  metrics.watchEach('darkroom_sharp_pipelines', async () => {
    const { queued, processing } = libvipsLoad()
    return { queued, processing }
  })
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

import type { Derivative, Variant } from '../cache/memory-tier.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import type { NewDerivative } from '../metadata/derivatives.ts'
import { contentTypeOf } from '../plan/formats.ts'
import type { Plan } from '../plan/plan.ts'
import { planStandin } from '../plan/standin.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import { dependsOnFocalPoint } from './focal-point.ts'
import { type PixelParts, type PixelRequest, pixelRendererOf } from './pixels.ts'

export interface RenderParts extends PixelParts {
  readonly cache: TieredCache
  readonly metrics: Metrics
  readonly usage: Pick<UsageRecorder, 'countRender'>
}

/** A derivative by its name. */
export interface RenderRequest extends PixelRequest {
  /** The canonical one. */
  readonly file: string
  /** The object's key. */
  readonly key: string
  /** The presets by which it is asked for. */
  readonly presets?: readonly string[]
  /** How a stand-in is finished; undefined where the plan's result is final. */
  readonly final?: Plan | undefined
}

/** How a request has a planned picture made: by a stand-in where its encoding is dear. */
export function standinFirst(plan: Plan | undefined): Pick<RenderRequest, 'plan' | 'final'> {
  const finishing = plan && planStandin(plan)
  return finishing ? { plan: finishing.standin, final: finishing.final } : { plan }
}

/** A derivative that was just made: in memory, but nowhere else. */
export interface RenderResult {
  readonly derivative: Derivative
  /** What is to be recorded of it. */
  readonly row: NewDerivative
  /** In milliseconds. */
  readonly timings: { readonly source: number; readonly queue: number; readonly develop: number }
}

/** How a derivative is developed. */
export function rendererOf(
  parts: RenderParts,
  wanted: RenderRequest,
): (signal: AbortSignal) => Promise<RenderResult> {
  const { cache, metrics, usage } = parts
  const { image, key, format, file, presets = [] } = wanted
  const { userId, imageId, focal } = image
  const make = pixelRendererOf(parts, wanted)
  return async signal => {
    const begun = performance.now()
    const { data, width, height, waits } = await make(signal)
    const develop = performance.now() - begun - waits.source - waits.queue
    metrics.developed(format, develop)
    usage.countRender(userId, develop)
    const variant: Variant = wanted.final ? 'standin' : 'final'
    const derivative = cache.putInMemory({ key, data, contentType: contentTypeOf(format), variant })
    const row = {
      userId,
      imageId,
      fileName: file,
      format,
      width,
      height,
      bytes: data.length,
      etag: derivative.etag,
      variant,
      costMs: Math.round(develop),
      overlayIds: [...image.overlays.keys()],
      presets,
      ...(dependsOnFocalPoint(file) ? { focal } : {}),
    }
    return { derivative, row, timings: { ...waits, develop } }
  }
}

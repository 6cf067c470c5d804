import type { Derivative } from '../cache/memory.ts'
import type { TieredCache } from '../cache/tiered.ts'
import type { NewDerivative } from '../metadata/derivatives.ts'
import { contentTypeOf } from '../plan/formats.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { isByFocal } from './focal.ts'
import { type MakingParts, makerOf, type Order } from './making.ts'

export interface DevelopingParts extends MakingParts {
  readonly cache: TieredCache
  readonly metrics: Metrics
}

/** A derivative by its name. */
export interface Wanted extends Order {
  /** The canonical one. */
  readonly file: string
  /** The object's key. */
  readonly key: string
  /** The presets by which it is asked for. */
  readonly presets?: readonly string[]
}

/** A derivative that was just made: in memory, but nowhere else. */
export interface Fresh {
  readonly derivative: Derivative
  /** What is to be recorded of it. */
  readonly row: NewDerivative
  /** In milliseconds. */
  readonly timings: { readonly source: number; readonly queue: number; readonly develop: number }
}

/** How a derivative is developed. */
export function developerOf(parts: DevelopingParts, wanted: Wanted): (signal: AbortSignal) => Promise<Fresh> {
  const { cache, metrics } = parts
  const { image, key, format, file, presets = [] } = wanted
  const { userId, imageId, focal } = image
  const make = makerOf(parts, wanted)
  return async signal => {
    const begun = performance.now()
    const { data, width, height, waits } = await make(signal)
    const develop = performance.now() - begun - waits.source - waits.queue
    metrics.developed(format, develop)
    const derivative = cache.remember(key, data, contentTypeOf(format))
    const row = {
      userId,
      imageId,
      fileName: file,
      format,
      width,
      height,
      bytes: data.length,
      etag: derivative.etag,
      costMs: Math.round(develop),
      others: [...image.others.keys()],
      presets,
      ...(isByFocal(file) ? { focal } : {}),
    }
    return { derivative, row, timings: { ...waits, develop } }
  }
}

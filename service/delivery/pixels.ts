import type { RenderedImage } from '../engine/encode/output.ts'
import type { Engine } from '../engine/engine.ts'
import type { OutputFormat } from '../plan/formats.ts'
import type { Plan } from '../plan/plan.ts'
import type { ImageInsights } from './image-insights.ts'
import { type ImageWithOverlays, readSources } from './image-with-overlays.ts'
import { renderInfo } from './info.ts'
import type { Ladders } from './ladders.ts'
import type { Sources } from './sources.ts'

export interface PixelParts {
  readonly insights: ImageInsights
  readonly sources: Sources
  readonly engine: Engine
  readonly ladders: Ladders
}

/** What is to be made. */
export interface PixelRequest {
  readonly image: ImageWithOverlays
  readonly format: OutputFormat | 'json'
  /** Undefined for a description, which is no picture; of a picture that has a stand-in, that one's. */
  readonly plan: Plan | undefined
}

/** What a development gives, and for how long it had to wait, in milliseconds. */
export interface PixelResult extends RenderedImage {
  readonly waits: { readonly source: number; readonly queue: number }
}

/** How a derivative is made. */
export function pixelRendererOf(
  parts: PixelParts,
  { image, plan }: PixelRequest,
): (signal: AbortSignal) => Promise<PixelResult> {
  const { insights, sources, engine, ladders } = parts
  if (plan === undefined) {
    return async signal => {
      const { width, height } = image.facts
      const data = renderInfo(image, await insights.get(image, signal))
      return { data, width, height, waits: { source: 0, queue: 0 } }
    }
  }
  return async signal => {
    let source = 0
    const read = async () => {
      const asked = performance.now()
      const material = await readSources(sources, image, plan, signal)
      source = performance.now() - asked
      ladders.noteRead(image, plan, material)
      return material
    }
    const { queuedMs, ...developed } = await engine.render(read, plan, { tenant: image.userId, signal })
    return { ...developed, waits: { source, queue: queuedMs } }
  }
}

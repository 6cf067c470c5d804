import type { RenderedImage } from '../engine/encode/output.ts'
import type { Engine } from '../engine/engine.ts'
import type { OutputFormat } from '../plan/formats.ts'
import type { Plan } from '../plan/plan.ts'
import { describe } from './description.ts'
import type { Insights } from './insights.ts'
import type { Ladders } from './ladders.ts'
import { type Picture, readMaterial } from './picture.ts'
import type { Sources } from './sources.ts'

export interface MakingParts {
  readonly insights: Insights
  readonly sources: Sources
  readonly engine: Engine
  readonly ladders: Ladders
}

/** What is to be made. */
export interface Order {
  readonly image: Picture
  readonly format: OutputFormat | 'json'
  /** Undefined for a description, which is no picture; of a picture that has a stand-in, that one's. */
  readonly plan: Plan | undefined
}

/** What a development gives, and for how long it had to wait, in milliseconds. */
export interface Made extends RenderedImage {
  readonly waits: { readonly source: number; readonly queue: number }
}

/** How a derivative is made. */
export function makerOf(parts: MakingParts, { image, plan }: Order): (signal: AbortSignal) => Promise<Made> {
  const { insights, sources, engine, ladders } = parts
  if (plan === undefined) {
    return async signal => {
      const { width, height } = image.facts
      const data = describe(image, await insights.of(image, signal))
      return { data, width, height, waits: { source: 0, queue: 0 } }
    }
  }
  return async signal => {
    let source = 0
    const read = async () => {
      const asked = performance.now()
      const material = await readMaterial(sources, image, plan, signal)
      source = performance.now() - asked
      ladders.used(image, plan, material)
      return material
    }
    const { queuedMs, ...developed } = await engine.render(read, plan, { tenant: image.userId, signal })
    return { ...developed, waits: { source, queue: queuedMs } }
  }
}

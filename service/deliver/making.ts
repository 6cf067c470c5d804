import type { Engine } from '../engine/engine.ts'
import type { Developed } from '../engine/write.ts'
import type { Operations } from '../operations/registry.ts'
import type { OutputFormat } from '../plan/formats.ts'
import type { DerivativeAddress } from '../url/types.ts'
import { describe } from './description.ts'
import type { Insights } from './insights.ts'
import type { Ladders } from './ladders.ts'
import { type Picture, planFor, readMaterial } from './picture.ts'
import type { Sources } from './sources.ts'

export interface MakingParts {
  readonly operations: Operations
  readonly insights: Insights
  readonly sources: Sources
  readonly engine: Engine
  readonly ladders: Ladders
}

/** What is to be made. */
export interface Order {
  readonly address: DerivativeAddress
  readonly image: Picture
  readonly format: OutputFormat | 'json'
}

/** What a development gives, and for how long it had to wait, in milliseconds. */
export interface Made extends Developed {
  readonly waits: { readonly source: number; readonly queue: number }
}

/** How a derivative is made. @throws DarkroomError `bad-url` or `not-applicable`, before any work */
export function makerOf(
  parts: MakingParts,
  { address, image, format }: Order,
): (signal: AbortSignal) => Promise<Made> {
  const { operations, insights, sources, engine, ladders } = parts
  if (format === 'json') {
    return async signal => {
      const { width, height } = image.facts
      const data = describe(image, await insights.of(image, signal))
      return { data, width, height, waits: { source: 0, queue: 0 } }
    }
  }
  const plan = planFor(operations, address, image, format)
  return async signal => {
    let source = 0
    const read = async () => {
      const asked = performance.now()
      const material = await readMaterial(sources, image, plan, signal)
      source = performance.now() - asked
      ladders.used(image, plan, material)
      return material
    }
    const { queuedMs, ...developed } = await engine.develop(read, plan, { tenant: image.userId, signal })
    return { ...developed, waits: { source, queue: queuedMs } }
  }
}

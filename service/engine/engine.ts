import { availableParallelism } from 'node:os'
import Type from 'typebox'
import type { ImageFacts } from '../plan/facts.ts'
import type { Plan } from '../plan/plan.ts'
import { Admission, type Ticket } from './admission.ts'
import { type Developed, develop } from './develop.ts'
import { inspect } from './inspect.ts'
import { prepareLibvips } from './libvips.ts'

/** The variables of this room. */
export const engineConfig = Type.Object({
  DARKROOM_CONCURRENCY: Type.Integer({
    minimum: 1,
    maximum: 256,
    default: availableParallelism(),
    description: 'developments at once (cores)',
  }),
  DARKROOM_QUEUE_LIMIT: Type.Integer({
    minimum: 0,
    maximum: 100_000,
    default: 256,
    description: 'waiting ones',
  }),
  DARKROOM_MAX_PIXELS: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    default: 100_000_000,
    description: 'pixels that an original may have',
  }),
})

export interface EngineOptions {
  /** Pipelines at once. */
  readonly concurrency: number
  /** Pieces of work that may wait for a slot. */
  readonly queueLimit: number
  /** Pixels that an original may have. */
  readonly maxPixels: number
}

/** All CPU work on pictures, each behind admission. */
export interface Engine {
  /** Facts of a file, which is proved to be decodable. See `inspect`. */
  inspect(path: string, ticket: Omit<Ticket, 'costMs'>): Promise<ImageFacts>
  /** A derivative of an original, and how long it waited for its turn in milliseconds. See `develop`. */
  develop(
    source: Buffer,
    plan: Plan,
    ticket: Omit<Ticket, 'costMs'>,
  ): Promise<Developed & { queuedMs: number }>
  /** How much runs and waits now. */
  readonly load: { running: number; waiting: number }
}

/** What decoding an upload once may cost in milliseconds, before anything is known of it. */
const inspectionMs = 200

export function createEngine({ concurrency, queueLimit, maxPixels }: EngineOptions): Engine {
  prepareLibvips()
  const admission = new Admission({ slots: concurrency, queueLimit })
  return {
    inspect: (path, ticket) =>
      admission.run({ ...ticket, costMs: inspectionMs }, () => inspect(path, maxPixels)),
    develop: (source, plan, ticket) => {
      const asked = performance.now()
      return admission.run({ ...ticket, costMs: plan.costMs }, async () => {
        const queuedMs = performance.now() - asked
        return { ...(await develop(source, plan, maxPixels)), queuedMs }
      })
    },
    get load() {
      return admission.load
    },
  }
}

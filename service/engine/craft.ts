import type { PagedFormat } from '../plan/facts.ts'
import type { Insight } from '../plan/insight.ts'
import type { Plan } from '../plan/plan.ts'
import { develop, refine } from './develop.ts'
import { makeRung } from './foreign/rung.ts'
import { type Inspected, inspect } from './inspect.ts'
import { type BuiltRung, buildLadder, type LadderOrder } from './ladder.ts'
import { look } from './look.ts'
import type { Material } from './open.ts'
import type { Developed } from './write.ts'

/** The work on files that strangers have made, once its turn has come: done in this process, or in children of it. */
export interface Craft {
  /** See `inspect`. */
  inspect(path: string, signal?: AbortSignal): Promise<Inspected>
  /** The pixels of a page, from 1, as a PNG. See `makeRung`. */
  rung(format: PagedFormat, original: Buffer, page: number, signal?: AbortSignal): Promise<Buffer>
  /** See `develop`. */
  develop(material: Material, plan: Plan, signal?: AbortSignal): Promise<Developed>
  /** See `refine`. */
  refine(
    material: Material,
    plan: Plan,
    standin: Developed,
    signal?: AbortSignal,
  ): Promise<Developed | undefined>
  /** See `buildLadder`. */
  ladder(original: Buffer, order: LadderOrder, signal?: AbortSignal): Promise<BuiltRung[]>
  /** By the plan of `planLook`. See `look`. */
  look(material: Material, plan: Plan, signal?: AbortSignal): Promise<Insight>
  /** Ends what was started for it. */
  close(): Promise<void>
}

/** All of it in this process, which has prepared libvips. `maxPixels` are those that an original may have. */
export function craftHere(maxPixels: number): Craft {
  return {
    inspect: (path, signal) => inspect(path, maxPixels, signal),
    rung: async (format, original, page, signal) =>
      (await makeRung(format, original, { page, maxPixels }, signal)).png,
    develop: (material, plan, signal) => develop(material, plan, { maxPixels, signal }),
    refine: (material, plan, standin, signal) => refine(material, plan, standin, { maxPixels, signal }),
    ladder: (original, order, signal) => buildLadder(original, order, { maxPixels, signal }),
    look: (material, plan, signal) => look(material, plan, { maxPixels, signal }),
    close: async () => {},
  }
}

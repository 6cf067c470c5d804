import type { PagedFormat } from '../plan/facts.ts'
import type { Insight } from '../plan/insight.ts'
import type { Plan } from '../plan/plan.ts'
import type { RenderedImage } from './encode/output.ts'
import { decodePageToPng } from './foreign/page-png.ts'
import { analyzeImage } from './insight/analysis.ts'
import { refineStandin, renderImage } from './render.ts'
import { type InspectionResult, inspectFile } from './sources/inspect.ts'
import { type BuiltRung, buildLadder, type LadderSpec } from './sources/ladder.ts'
import type { RenderSource } from './sources/render-source.ts'

/** The work on files that strangers have made, once its turn has come: done in this process, or in children of it. */
export interface RenderBackend {
  /** See `inspect`. */
  inspect(path: string, signal?: AbortSignal): Promise<InspectionResult>
  /** The pixels of a page, from 1, as a PNG. See `makeRung`. */
  decodePage(format: PagedFormat, original: Buffer, page: number, signal?: AbortSignal): Promise<Buffer>
  /** See `develop`. */
  render(source: RenderSource, plan: Plan, signal?: AbortSignal): Promise<RenderedImage>
  /** See `refine`. */
  refine(
    source: RenderSource,
    plan: Plan,
    standin: RenderedImage,
    signal?: AbortSignal,
  ): Promise<RenderedImage | undefined>
  /** See `buildLadder`. */
  buildLadder(original: Buffer, spec: LadderSpec, signal?: AbortSignal): Promise<BuiltRung[]>
  /** By the plan of `planLook`. See `look`. */
  analyze(source: RenderSource, plan: Plan, signal?: AbortSignal): Promise<Insight>
  /** Ends what was started for it. */
  close(): Promise<void>
}

/** All of it in this process, which has prepared libvips. `maxPixels` are those that an original may have. */
export function createInProcessBackend(maxPixels: number): RenderBackend {
  return {
    inspect: (path, signal) => inspectFile(path, maxPixels, signal),
    decodePage: async (format, original, page, signal) =>
      (await decodePageToPng(format, original, { page, maxPixels }, signal)).png,
    render: (source, plan, signal) => renderImage(source, plan, { maxPixels, signal }),
    refine: (source, plan, standin, signal) => refineStandin(source, plan, standin, { maxPixels, signal }),
    buildLadder: (original, spec, signal) => buildLadder(original, spec, { maxPixels, signal }),
    analyze: (source, plan, signal) => analyzeImage(source, plan, { maxPixels, signal }),
    close: async () => {},
  }
}

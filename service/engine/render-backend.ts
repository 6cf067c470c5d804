import type { Insight } from '../plan/insight.ts'
import type { Plan } from '../plan/plan.ts'
import type { PagedFormat } from '../plan/source-formats.ts'
import type { RenderedImage } from './encode/output.ts'
import { decodePageToPng } from './foreign/page-png.ts'
import { analyzeImage } from './insight/analysis.ts'
import { refineStandin, renderImage } from './render.ts'
import { type InspectionResult, inspectFile } from './sources/inspect.ts'
import { type BuiltRung, buildLadder, type CopySpec, decodeCopy, type LadderSpec } from './sources/ladder.ts'
import type { RenderSource } from './sources/render-source.ts'

/**
 * Inspects new files of untrusted users, after admission. It works in this process or in isolated child processes,
 * which have a budget: `too-complex` is the error of a file that exceeds it.
 */
export interface Inspector {
  /** See `inspectFile`. */
  inspect(path: string, signal?: AbortSignal): Promise<InspectionResult>
  /** Decodes a page (counted from 1) to a PNG. See `decodePageToPng`. */
  decodePage(format: PagedFormat, original: Buffer, page: number, signal?: AbortSignal): Promise<Buffer>
  /** Stops the child processes, if there are any. */
  close(): Promise<void>
}

/** Renders files that were inspected, after admission. It runs in this process or in isolated child processes. */
export interface RenderBackend {
  /** See `renderImage`. */
  render(source: RenderSource, plan: Plan, signal?: AbortSignal): Promise<RenderedImage>
  /** See `refineStandin`. */
  refine(
    source: RenderSource,
    plan: Plan,
    standin: RenderedImage,
    signal?: AbortSignal,
  ): Promise<RenderedImage | undefined>
  /** See `buildLadder`. */
  buildLadder(original: Buffer, spec: LadderSpec, signal?: AbortSignal): Promise<BuiltRung[]>
  /** See `decodeCopy`. */
  decodeCopy(original: Buffer, spec: CopySpec, signal?: AbortSignal): Promise<Buffer>
  /** Takes the plan of `planAnalysis`. See `analyzeImage`. */
  analyze(source: RenderSource, plan: Plan, signal?: AbortSignal): Promise<Insight>
  /** Stops the child processes, if there are any. */
  close(): Promise<void>
}

/** An inspector that works in this process, without a budget. libvips must be configured before. */
export function createInProcessInspector(maxPixels: number): Inspector {
  return {
    inspect: (path, signal) => inspectFile(path, maxPixels, signal),
    decodePage: async (format, original, page, signal) =>
      (await decodePageToPng(format, original, { page, maxPixels }, signal)).png,
    close: async () => {},
  }
}

/**
 * A backend that works in this process. libvips must be configured before. `maxPixels` is the limit for an original.
 */
export function createInProcessBackend(maxPixels: number): RenderBackend {
  return {
    render: (source, plan, signal) => renderImage(source, plan, { maxPixels, signal }),
    refine: (source, plan, standin, signal) => refineStandin(source, plan, standin, { maxPixels, signal }),
    buildLadder: (original, spec, signal) => buildLadder(original, spec, { maxPixels, signal }),
    decodeCopy: (original, spec) => decodeCopy(original, spec, { maxPixels }),
    analyze: (source, plan, signal) => analyzeImage(source, plan, { maxPixels, signal }),
    close: async () => {},
  }
}

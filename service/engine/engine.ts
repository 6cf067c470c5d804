import type { ImageFacts } from '../plan/facts.ts'
import type { Insight } from '../plan/insight.ts'
import type { Plan } from '../plan/plan.ts'
import type { PagedFormat } from '../plan/source-formats.ts'
import type { AdmissionRequest, Requester } from './admission/admission-controller.ts'
import type { BackgroundRequest } from './admission/idle-cores.ts'
import type { RenderedImage } from './encode/output.ts'
import type { PlaceholderSpec } from './encode/placeholder.ts'
import type { InspectionResult } from './sources/inspect.ts'
import type { BuiltRung, CopySpec, LadderSpec } from './sources/ladder.ts'
import type { RenderSource } from './sources/render-source.ts'

/** Reads the source of a render. Called shortly before the render starts, so that a long queue holds no image bytes. */
export type LoadSource<S> = () => Promise<S>

/** All CPU work on images. Each piece of work waits for admission, except `decodePage`. */
export interface Engine {
  /** Facts of a file that can be decoded. See `inspectFile`. */
  inspect(path: string, requester: Requester): Promise<ImageFacts>
  /**
   * Facts of an uploaded file. For a paged format, also its first page as a PNG, which had to be decoded to learn
   * the facts. See `inspectFile`.
   */
  inspectUpload(path: string, requester: Requester): Promise<InspectionResult>
  /**
   * Decodes a page (counted from 1) of a paged format to a PNG. Its threads have their own limit, so it may be called
   * while another request waits for admission.
   * @throws DarkroomError `undecodable`
   */
  decodePage(format: PagedFormat, original: Buffer, page: number, signal: AbortSignal): Promise<Buffer>
  /** Renders a derivative. `queuedMs` is the time it waited for admission, in milliseconds. See `renderImage`. */
  render(
    load: LoadSource<RenderSource>,
    plan: Plan,
    requester: Requester,
  ): Promise<RenderedImage & { queuedMs: number }>
  /** Renders a still image better than its stand-in, if possible. See `refineStandin`. */
  refine(
    load: LoadSource<RenderSource>,
    plan: Plan,
    standin: RenderedImage,
    requester: Requester,
  ): Promise<RenderedImage | undefined>
  /**
   * Builds the rungs (smaller copies) of an original, or of its first page as a PNG if it has a paged format. See
   * `buildLadder`.
   */
  buildLadder(load: LoadSource<Buffer>, spec: LadderSpec, requester: Requester): Promise<BuiltRung[]>
  /** Decodes a rung for a render that is admitted already. See `decodeRung`. */
  decodeRung(rung: Buffer, request: AdmissionRequest): Promise<Buffer>
  /** Decodes an original once for several renders that are admitted already. See `decodeCopy`. */
  decodeCopy(original: Buffer, spec: CopySpec, request: Requester): Promise<Buffer>
  /** Analyzes an original by a plan of `planAnalysis`. See `analyzeImage`. */
  analyze(load: LoadSource<RenderSource>, plan: Plan, requester: Requester): Promise<Insight>
  /**
   * Runs work in the background, on a core that requests leave idle. Calls of the engine in it are `isAdmitted`. See
   * `IdleCores`.
   */
  runWhenIdle<T>(request: BackgroundRequest, work: () => Promise<T>): Promise<T>
  /** Renders a ThumbHash as an image file, for a client that cannot wait for the image. */
  drawPlaceholder(spec: PlaceholderSpec, requester: Requester): Promise<Buffer>
  /** How many milliseconds a render is expected to take in this process, based on earlier renders. */
  expectedMs(plan: Plan): number
  /**
   * By output format: how many times longer renders take than estimated. Formats with too few measured renders are
   * left out.
   */
  readonly costFactors: Readonly<Record<string, number>>
  /** Kills the child processes and fails their tasks. */
  close(): Promise<void>
  /**
   * Running and waiting renders, and running inspections in child processes. Work in the background counts as
   * running, and is also given by itself.
   */
  readonly load: {
    readonly running: number
    readonly waiting: number
    readonly inspecting: number
    readonly background: number
    /** How long the oldest waiting render has waited, in milliseconds. */
    readonly oldestMs: number
    /** Estimated bytes that the work in progress takes. */
    readonly memoryBytes: number
  }
}

import { availableParallelism } from 'node:os'
import Type from 'typebox'
import { rungDecodeCostMs } from '../plan/cost.ts'
import type { ImageFacts, PagedFormat } from '../plan/facts.ts'
import type { Insight } from '../plan/insight.ts'
import type { Plan } from '../plan/plan.ts'
import { AdmissionController, type AdmissionRequest } from './admission/admission-controller.ts'
import { CostCalibration, type CostEstimate } from './admission/cost-calibration.ts'
import type { RenderedImage } from './encode/output.ts'
import { drawPlaceholder, type PlaceholderSpec, placeholderCostMs } from './encode/placeholder.ts'
import { createIsolatedBackend } from './isolation/isolated-backend.ts'
import { createInProcessBackend } from './render-backend.ts'
import type { InspectionResult } from './sources/inspect.ts'
import { type BuiltRung, decodeRung, type LadderSpec, ladderCostMs } from './sources/ladder.ts'
import { configureLibvips } from './sources/libvips.ts'
import type { RenderSource } from './sources/render-source.ts'

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
  DARKROOM_ISOLATION: Type.Enum(['none', 'process'], {
    default: 'none',
    description: 'process: images are decoded and developed in child processes',
  }),
  DARKROOM_ISOLATION_MB: Type.Integer({
    minimum: 256,
    maximum: 1_048_576,
    default: 4096,
    description: 'memory of one of them; the one that takes more is killed',
  }),
})

export interface EngineOptions {
  /** Pipelines at once. */
  readonly concurrency: number
  /** Pieces of work that may wait for a slot. */
  readonly queueLimit: number
  /** Pixels that an original may have. */
  readonly maxPixels: number
  /** Whether a tenant leaves a core to others who have asked a moment ago. */
  readonly reserveCore?: boolean
  /** Has files decoded in child processes, of so much memory each; without it in this one. */
  readonly isolation?: { readonly maxBytes: number } | undefined
}

/** All CPU work on pictures, each behind admission. */
export interface Engine {
  /** Facts of a file, which is proved to be decodable. See `inspect`. */
  inspect(path: string, ticket: Omit<AdmissionRequest, 'costMs'>): Promise<ImageFacts>
  /** Facts of a file, and what was decoded to learn them, where it need not be decoded again. See `inspect`. */
  inspectUpload(path: string, ticket: Omit<AdmissionRequest, 'costMs'>): Promise<InspectionResult>
  /**
   * The pixels of a page, from 1, of an original whose format is decoded once, as a PNG. Threads of their own limit
   * it, so it may be called while a turn is waited for.
   * @throws DarkroomError `undecodable`
   */
  readonly decodePage: (
    format: PagedFormat,
    original: Buffer,
    page: number,
    signal: AbortSignal,
  ) => Promise<Buffer>
  /**
   * A derivative of an original, and how long it waited for its turn in milliseconds. The original is read only when
   * its turn is near, so that a long queue holds no bytes. See `develop`.
   */
  render(
    read: () => Promise<RenderSource>,
    plan: Plan,
    ticket: Omit<AdmissionRequest, 'costMs'>,
  ): Promise<RenderedImage & { queuedMs: number }>
  /** A still that has been answered with a stand-in, written better where that can be done. See `refine`. */
  refine(
    read: () => Promise<RenderSource>,
    plan: Plan,
    standin: RenderedImage,
    ticket: Omit<AdmissionRequest, 'costMs'>,
  ): Promise<RenderedImage | undefined>
  /** Rungs of an original, or of the page that stands for it, read when its turn is near. See `buildLadder`. */
  buildLadder(
    read: () => Promise<Buffer>,
    spec: LadderSpec,
    ticket: Omit<AdmissionRequest, 'costMs'>,
  ): Promise<BuiltRung[]>
  /** The pixels of a rung, for developments whose turn is near. See `decodeRung`. */
  decodeRung(rung: Buffer, ticket: AdmissionRequest): Promise<Buffer>
  /** What is seen in an original, read when its turn is near; the plan is `planLook`'s. See `look`. */
  analyze(
    read: () => Promise<RenderSource>,
    plan: Plan,
    ticket: Omit<AdmissionRequest, 'costMs'>,
  ): Promise<Insight>
  /** What a ThumbHash shows of an image, as a file: for who cannot wait for the image. */
  drawPlaceholder(spec: PlaceholderSpec, ticket: Omit<AdmissionRequest, 'costMs'>): Promise<Buffer>
  /** How many milliseconds a development will take in this process, by what others took. */
  expectedMs(plan: Plan): number
  /** How many times longer than estimated developments take here, by the format that they write, as far as it is known. */
  readonly costFactors: Readonly<Record<string, number>>
  /** Ends the processes that were started for it, and what they have in hand. */
  close(): Promise<void>
  /** How much runs and waits now. */
  readonly load: { running: number; waiting: number }
}

/** What decoding an upload once may cost in milliseconds, before anything is known of it. */
const inspectionMs = 200

export function createEngine(options: EngineOptions): Engine {
  const { concurrency, queueLimit, maxPixels, reserveCore: leavesCore = false, isolation } = options
  configureLibvips()
  // of those that wait, the first few read their originals meanwhile, so that no core waits for the store, and one is
  // begun, so that no core waits for the main thread when another is done: worth 4 % of cold work on two cores
  const ahead = Math.min(concurrency + 1, queueLimit)
  const begun = Math.min(1, ahead)
  // while there are others, a tenant leaves them a core, and begins nothing that would have to share one; where nothing
  // may wait, it would be refused instead
  const kept = leavesCore && queueLimit > ahead ? 1 + begun : 0
  const slots = concurrency + ahead
  const admission = new AdmissionController({ slots, reservedSlots: kept, queueLimit: queueLimit - ahead })
  const cores = new AdmissionController({
    slots: concurrency + begun,
    reservedSlots: kept,
    queueLimit: slots,
  })
  const scale = new CostCalibration()
  const backend = isolation
    ? createIsolatedBackend({ size: concurrency + begun, maxPixels, ...isolation })
    : createInProcessBackend(maxPixels)
  const receive = (path: string, ticket: Omit<AdmissionRequest, 'costMs'>) => {
    const work = { ...ticket, costMs: scale.expectedMs({ costMs: inspectionMs }) }
    return admission.run(work, () => cores.run(work, () => backend.inspect(path, ticket.signal)))
  }
  return {
    inspect: async (path, ticket) => (await receive(path, ticket)).facts,
    inspectUpload: receive,
    decodePage: backend.decodePage,
    render(read, plan, ticket) {
      const work = { ...ticket, costMs: scale.expectedMs(plan) }
      const asked = performance.now()
      return admission.run(work, async () => {
        const admitted = performance.now()
        const source = await read()
        const ready = performance.now()
        return cores.run(work, async () => {
          const begun = performance.now()
          const queuedMs = begun - ready + admitted - asked
          const rendered = await backend.render(source, plan, ticket.signal)
          scale.record(estimateOf(plan, source), performance.now() - begun)
          return { ...rendered, queuedMs }
        })
      })
    },
    refine(read, plan, standin, ticket) {
      const work = { ...ticket, costMs: scale.expectedMs(plan) }
      return admission.run(work, async () => {
        const source = await read()
        return cores.run(work, () => backend.refine(source, plan, standin, ticket.signal))
      })
    },
    buildLadder(read, spec, ticket) {
      const work = { ...ticket, costMs: scale.expectedMs({ costMs: ladderCostMs(spec) }) }
      return admission.run(work, async () => {
        const original = await read()
        return cores.run(work, () => backend.buildLadder(original, spec, ticket.signal))
      })
    },
    // its development has been admitted and waits for it, so that it takes that one's place; a file of our own making
    // needs no isolation
    decodeRung: (rung, ticket) =>
      cores.run({ ...ticket, costMs: scale.expectedMs(ticket) }, () => decodeRung(rung, { maxPixels })),
    analyze(read, plan, ticket) {
      const work = { ...ticket, costMs: scale.expectedMs({ costMs: plan.costMs }) }
      return admission.run(work, async () => {
        const source = await read()
        return cores.run(work, () => backend.analyze(source, plan, ticket.signal))
      })
    },
    drawPlaceholder(spec, ticket) {
      const work = { ...ticket, costMs: scale.expectedMs({ costMs: placeholderCostMs(spec) }) }
      return admission.run(work, () => cores.run(work, () => drawPlaceholder(spec)))
    },
    expectedMs: plan => scale.expectedMs(plan),
    get costFactors() {
      return scale.factors
    },
    close: backend.close,
    get load() {
      // the one that is begun ahead has its turn when another ends
      const running = Math.min(concurrency, cores.load.running)
      return { running, waiting: admission.load.waiting + cores.load.waiting + cores.load.running - running }
    },
  }
}

/** What was estimated of the part of a plan that was done with this material. */
function estimateOf({ costMs, format, rung }: Plan, { isRung }: RenderSource): Required<CostEstimate> {
  // a rung's pixels were decoded before, or kept; where it was lost, the original had to be read
  if (rung)
    return { format, costMs: isRung ? costMs - rungDecodeCostMs(rung, rung.format) : costMs + rung.savedMs }
  return { format, costMs }
}

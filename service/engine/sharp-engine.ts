import type { ImageFacts } from '../plan/facts.ts'
import type { Insight } from '../plan/insight.ts'
import { copyBytes, ladderBytes, renderBytes } from '../plan/memory.ts'
import type { Plan } from '../plan/plan.ts'
import type { PagedFormat } from '../plan/source-formats.ts'
import {
  AdmissionController,
  type AdmissionRequest,
  type Requester,
} from './admission/admission-controller.ts'
import { CostCalibration, type CostEstimate, estimateOf } from './admission/cost-calibration.ts'
import { type BackgroundRequest, IdleCores } from './admission/idle-cores.ts'
import { inspectionAdmission, inspectionSlots } from './admission/inspection-admission.ts'
import { MemoryBudget } from './admission/memory-budget.ts'
import type { RenderedImage } from './encode/output.ts'
import { drawPlaceholder, type PlaceholderSpec, placeholderCostMs } from './encode/placeholder.ts'
import type { Engine, LoadSource } from './engine.ts'
import { createIsolatedBackend, createIsolatedInspector } from './isolation/isolated-backend.ts'
import type { InspectionBudget } from './isolation/process-limits.ts'
import {
  createInProcessBackend,
  createInProcessInspector,
  type Inspector,
  type RenderBackend,
} from './render-backend.ts'
import type { InspectionResult } from './sources/inspect.ts'
import {
  type BuiltRung,
  type CopySpec,
  copyCostMs,
  decodeRung,
  type LadderSpec,
  ladderCostMs,
} from './sources/ladder.ts'
import { configureLibvips } from './sources/libvips.ts'
import type { RenderSource } from './sources/render-source.ts'

export interface EngineOptions {
  /** Renders at once. */
  readonly concurrency: number
  /** Maximum number of requests that may wait for admission. */
  readonly queueLimit: number
  /** Estimated bytes that renders may take together; not limited by default. */
  readonly memoryBytes?: number
  /** Maximum number of pixels an original may have. */
  readonly maxPixels: number
  /** Whether a tenant leaves one core to other recently active tenants. */
  readonly reserveCore?: boolean
  /** Inspects uploads in child processes within this budget. Without it, in this process. */
  readonly inspection?: InspectionBudget | undefined
  /** Inspects uploads instead of processes of the engine's own. Its owner closes it. */
  readonly inspector?: Inspector | undefined
  /** Renders in child processes, with this much memory each. Without it, in this process. */
  readonly isolation?: { readonly maxBytes: number } | undefined
}

/** Work on a loaded source, and how long it waited, in milliseconds. */
type Work<S, T> = (source: S, queuedMs: number) => Promise<T>

/** Estimated milliseconds for decoding an upload, of which nothing is known yet. */
const inspectionMs = 200

export function createEngine(options: EngineOptions): Engine {
  configureLibvips()
  return new SharpEngine(options)
}

/**
 * The engine on sharp. Work passes two admission controllers: the outer one bounds and orders all requests and lets a
 * few load their sources early; the inner one bounds the work on the cores.
 */
class SharpEngine implements Engine {
  readonly #requests: AdmissionController
  readonly #cores: AdmissionController
  readonly #idle: IdleCores
  readonly #memory: MemoryBudget
  readonly #calibration = new CostCalibration()
  /** Inspections in child processes share the cores with renders by their priority. */
  readonly #inspections: AdmissionController | undefined
  readonly #inspector: Inspector
  readonly #ownsInspector: boolean
  readonly #backend: RenderBackend
  readonly #concurrency: number
  readonly #maxPixels: number

  constructor(options: EngineOptions) {
    const { concurrency, queueLimit, maxPixels, reserveCore = false } = options
    const { isolation, inspection, inspector } = options
    // some waiting requests load their sources early, so that no core waits for the store, and one of them is started
    // early, so that no core waits for the main thread when a render ends: worth 4 % of cold work on two cores
    const ahead = Math.min(concurrency + 1, queueLimit)
    const startedAhead = Math.min(1, ahead)
    // a tenant leaves one core free while others are active, and none of its work is started early, as that would use
    // this core; without a queue, its requests would be rejected instead of waiting, so nothing is reserved
    const reservedSlots = reserveCore && queueLimit > ahead ? 1 + startedAhead : 0
    const slots = concurrency + ahead
    this.#requests = new AdmissionController({ slots, reservedSlots, queueLimit: queueLimit - ahead })
    this.#memory = new MemoryBudget(options.memoryBytes)
    const cores = { slots: concurrency + startedAhead, reservedSlots, queueLimit: slots }
    this.#cores = new AdmissionController({ ...cores, memory: this.#memory })
    const busy = () => this.#requests.load.running + this.#requests.load.waiting
    this.#idle = new IdleCores({ cores: concurrency, busy })
    this.#backend = isolation
      ? // work in the background has processes of its own
        createIsolatedBackend({ size: 2 * concurrency + startedAhead, maxPixels, ...isolation })
      : createInProcessBackend(maxPixels)
    if (inspection) this.#inspections = inspectionAdmission(concurrency, queueLimit)
    this.#ownsInspector = inspector === undefined
    this.#inspector =
      inspector ??
      (inspection
        ? createIsolatedInspector({ size: inspectionSlots(concurrency), maxPixels }, inspection)
        : createInProcessInspector(maxPixels))
    this.#concurrency = concurrency
    this.#maxPixels = maxPixels
  }

  async inspect(path: string, requester: Requester): Promise<ImageFacts> {
    return (await this.inspectUpload(path, requester)).facts
  }

  inspectUpload(path: string, requester: Requester): Promise<InspectionResult> {
    const request = this.#requestFor({ costMs: inspectionMs }, requester)
    const work = () => this.#inspector.inspect(path, requester.signal)
    return this.#inspections ? this.#inspections.run(request, work) : this.#run(request, nothing, work)
  }

  decodePage(format: PagedFormat, original: Buffer, page: number, signal: AbortSignal): Promise<Buffer> {
    return this.#inspector.decodePage(format, original, page, signal)
  }

  render(
    load: LoadSource<RenderSource>,
    plan: Plan,
    requester: Requester,
  ): Promise<RenderedImage & { queuedMs: number }> {
    const request = this.#requestFor(plan, requester, renderBytes(plan))
    return this.#run(request, load, async (source, queuedMs) => {
      const started = performance.now()
      const image = await this.#backend.render(source, plan, requester.signal)
      this.#calibration.record(estimateOf(plan, source), performance.now() - started)
      return { ...image, queuedMs }
    })
  }

  refine(
    load: LoadSource<RenderSource>,
    plan: Plan,
    standin: RenderedImage,
    requester: Requester,
  ): Promise<RenderedImage | undefined> {
    return this.#run(this.#requestFor(plan, requester, renderBytes(plan)), load, source =>
      this.#backend.refine(source, plan, standin, requester.signal),
    )
  }

  buildLadder(load: LoadSource<Buffer>, spec: LadderSpec, requester: Requester): Promise<BuiltRung[]> {
    const request = this.#requestFor({ costMs: ladderCostMs(spec) }, requester, ladderBytes(spec))
    return this.#run(request, load, original => this.#backend.buildLadder(original, spec, requester.signal))
  }

  /**
   * Only waits for a core: the render that needs the rung is admitted already and waits for it. Rungs are our own
   * files, so they are decoded without isolation.
   */
  decodeRung(rung: Buffer, request: AdmissionRequest): Promise<Buffer> {
    const calibrated = this.#requestFor({ costMs: request.costMs }, request, request.bytes)
    return this.#cores.run(calibrated, () => decodeRung(rung, { maxPixels: this.#maxPixels }))
  }

  /** Only waits for a core, as `decodeRung` does. */
  decodeCopy(original: Buffer, spec: CopySpec, request: Requester): Promise<Buffer> {
    const calibrated = this.#requestFor({ costMs: copyCostMs(spec) }, request, copyBytes(spec.facts, spec))
    return this.#cores.run(calibrated, () => this.#backend.decodeCopy(original, spec, request.signal))
  }

  analyze(load: LoadSource<RenderSource>, plan: Plan, requester: Requester): Promise<Insight> {
    const request = this.#requestFor({ costMs: plan.costMs }, requester, renderBytes(plan))
    return this.#run(request, load, source => this.#backend.analyze(source, plan, requester.signal))
  }

  runWhenIdle<T>(request: BackgroundRequest, work: () => Promise<T>): Promise<T> {
    return this.#idle.run(request, work)
  }

  drawPlaceholder(spec: PlaceholderSpec, requester: Requester): Promise<Buffer> {
    const request = this.#requestFor({ costMs: placeholderCostMs(spec) }, requester)
    return this.#run(request, nothing, () => drawPlaceholder(spec))
  }

  expectedMs(plan: Plan): number {
    return this.#calibration.expectedMs(plan)
  }

  get costFactors(): Readonly<Record<string, number>> {
    return this.#calibration.factors
  }

  async close(): Promise<void> {
    await Promise.all([this.#ownsInspector && this.#inspector.close(), this.#backend.close()])
  }

  get load(): Engine['load'] {
    const cores = this.#cores.load
    // work that was started ahead counts as waiting
    const rendering = Math.min(this.#concurrency, cores.running)
    const waiting = this.#requests.load.waiting + cores.waiting + cores.running - rendering
    const background = this.#idle.running
    const inspecting = this.#inspections?.load.running ?? 0
    const { oldestMs } = this.#requests
    const running = rendering + background
    return { running, waiting, inspecting, background, oldestMs, memoryBytes: this.#memory.used }
  }

  /** An admission request with the calibrated estimate. */
  #requestFor(estimate: CostEstimate, requester: Requester, bytes = 0): AdmissionRequest {
    return { ...requester, costMs: this.#calibration.expectedMs(estimate), bytes }
  }

  /** Waits for admission, loads the source, waits for a core and runs the work. `queuedMs` excludes loading. */
  async #run<S, T>(request: AdmissionRequest, load: LoadSource<S>, work: Work<S, T>): Promise<T> {
    if (request.isAdmitted) return this.#memory.hold(request.bytes ?? 0, async () => work(await load(), 0))
    try {
      return await this.#runAdmitted(request, load, work)
    } finally {
      this.#idle.startNext()
    }
  }

  #runAdmitted<S, T>(request: AdmissionRequest, load: LoadSource<S>, work: Work<S, T>): Promise<T> {
    const requested = performance.now()
    return this.#requests.run(request, async () => {
      const admitted = performance.now()
      const source = await load()
      const loaded = performance.now()
      // the request is admitted already, so it waits for a core without a limit
      return this.#cores.run({ ...request, maxWaitMs: undefined }, () => {
        const queuedMs = admitted - requested + performance.now() - loaded
        return work(source, queuedMs)
      })
    })
  }
}

/** For work that loads nothing. */
const nothing = async () => undefined

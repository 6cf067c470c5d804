import type { DevelopmentQuota } from '../access/development-quota.ts'
import type { Grant } from '../access/verifier.ts'
import type { Derivative } from '../cache/memory-tier.ts'
import { SingleFlight } from '../cache/single-flight.ts'
import type { Claim, Claims } from './claims.ts'
import type { DerivativeWriter } from './derivative-writer.ts'
import { type FallbackImage, type FallbackParts, findFallback } from './fallback.ts'
import type { FinalOrders } from './final-orders.ts'
import type { HeavyRenders } from './heavy-renders.ts'
import type { CacheStatus } from './image-response.ts'
import { type RenderParts, type RenderRequest, renderDerivative } from './render.ts'
import type { Standins } from './standins.ts'

export interface DerivativeLoaderParts extends RenderParts, Omit<FallbackParts, 'engine' | 'heavy'> {
  readonly standins: Standins
  readonly finals: Pick<FinalOrders, 'countRequest'>
  readonly heavy: HeavyRenders
  readonly derivativeWriter: DerivativeWriter
  readonly developmentQuota: Pick<DevelopmentQuota, 'take' | 'requireRemaining'>
  /** How long a request waits for a slot of the engine, in milliseconds. */
  readonly maxWaitMs: number
  /** Which process renders here, when several share the port; undefined for a single one. */
  readonly claims: Claims | undefined
}

/** The settings of the user that a load depends on. */
export type LoadTerms = Pick<Grant, 'fallback' | 'limits'>

/** A derivative, or its user's fallback image, with the duration of each step in milliseconds. */
export type Loaded = { readonly timings: Readonly<Record<string, number>> } & (
  | { readonly derivative: Derivative; readonly cacheStatus: Exclude<CacheStatus, 'memory'> }
  | { readonly fallback: FallbackImage }
)

/** Fallback images are loaded without limits, and have no fallback themselves. */
const fallbackTerms: LoadTerms = { fallback: null, limits: null }

/** Loads derivatives that are not in memory, one load per key at a time: from the store, a job or a local render. */
export class DerivativeLoader {
  readonly #parts: DerivativeLoaderParts
  readonly #flights = new SingleFlight<Loaded>()

  constructor(parts: DerivativeLoaderParts) {
    this.#parts = parts
  }

  /** @throws DarkroomError from the store, the quota, a job or the engine */
  async load(request: RenderRequest, terms: LoadTerms, signal: AbortSignal): Promise<Loaded> {
    const { value, joined } = await this.#flights.run(request.key, signal, flight =>
      this.#readOrRender(request, terms, flight),
    )
    if ('derivative' in value && value.derivative.variant === 'standin')
      this.#parts.finals.countRequest(request.key)
    const isShared = joined && 'cacheStatus' in value && value.cacheStatus === 'miss'
    return isShared ? { ...value, cacheStatus: 'shared' } : value
  }

  /** Enqueues heavy work without waiting for it; false if the derivative is stored already or is not heavy. */
  async enqueueIfHeavy(
    request: RenderRequest,
    { limits }: Pick<LoadTerms, 'limits'>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { standins, heavy, developmentQuota } = this.#parts
    if (!isHeavy(heavy, request)) return false
    if (await standins.loadStored(request, signal)) return false
    await developmentQuota.requireRemaining(request.image.userId, limits)
    await heavy.enqueue(request)
    return true
  }

  async #readOrRender(request: RenderRequest, terms: LoadTerms, signal: AbortSignal): Promise<Loaded> {
    const { standins, heavy } = this.#parts
    const startedAt = performance.now()
    // looked up while the store is read, to save time: a request for heavy work then still has to wait for its job
    const failureLookUp = isHeavy(heavy, request) ? heavy.recentFailure(request.key) : undefined
    const derivative = await standins.loadStored(request, signal)
    const store = performance.now() - startedAt
    if (derivative) return { derivative, cacheStatus: 'store', timings: { store } }
    const loaded = failureLookUp
      ? await this.#renderByJob(request, { ...terms, failureLookUp }, signal)
      : await this.#renderOnce(request, terms, signal)
    return { ...loaded, timings: { store, ...loaded.timings } }
  }

  /** Waits for a job; when it fails or takes too long, the user's fallback is shown instead. */
  async #renderByJob(
    request: RenderRequest,
    {
      fallback,
      limits,
      failureLookUp,
    }: LoadTerms & { failureLookUp: ReturnType<HeavyRenders['recentFailure']> },
    signal: AbortSignal,
  ): Promise<Loaded> {
    const { heavy, developmentQuota } = this.#parts
    const startedAt = performance.now()
    await developmentQuota.requireRemaining(request.image.userId, limits)
    const rendered = await heavy.renderByJob(request, failureLookUp, signal).catch(async failure => ({
      fallback: await findFallback(this.#parts, this.#loadFallback, { request, fallback, failure }, signal),
    }))
    return { ...rendered, timings: { job: performance.now() - startedAt } }
  }

  /** Renders in this process, unless another process of this machine renders the same. */
  async #renderOnce(request: RenderRequest, terms: LoadTerms, signal: AbortSignal): Promise<Loaded> {
    const { claims, cache } = this.#parts
    if (claims === undefined) return this.#renderHere(request, terms, signal)
    const startedAt = performance.now()
    const acquired = await claims.acquire(request.key, signal)
    if ('claim' in acquired) return this.#renderHere(request, terms, signal, acquired.claim)
    const derivative = cache.putInMemory(acquired.derivative)
    return { derivative, cacheStatus: 'shared', timings: { queue: performance.now() - startedAt } }
  }

  /** Renders in this process; the result is stored in the background. */
  async #renderHere(
    request: RenderRequest,
    { limits }: LoadTerms,
    signal: AbortSignal,
    claim?: Claim,
  ): Promise<Loaded> {
    const { derivativeWriter, developmentQuota, maxWaitMs } = this.#parts
    try {
      await developmentQuota.take(request.image.userId, limits)
      const { derivative, row, timings } = await renderDerivative(this.#parts, request, { signal, maxWaitMs })
      const stored = derivativeWriter.enqueue(derivative, row)
      claim?.share(derivative, stored)
      return { derivative, cacheStatus: 'miss', timings: { ...timings } }
    } catch (error) {
      claim?.release()
      throw error
    }
  }

  readonly #loadFallback = async (request: RenderRequest, signal: AbortSignal): Promise<Buffer> => {
    const loaded = await this.load(request, fallbackTerms, signal)
    return 'fallback' in loaded ? loaded.fallback.data : loaded.derivative.data
  }
}

function isHeavy(heavy: HeavyRenders, { plan, image }: RenderRequest): boolean {
  return plan !== undefined && heavy.isHeavy(plan, image)
}

import type { Authorize } from '../access/authorizer.ts'
import type { DevelopmentQuota } from '../access/development-quota.ts'
import type { Grant } from '../access/verifier.ts'
import type { Derivative, Variant } from '../cache/memory-tier.ts'
import { SingleFlight } from '../cache/single-flight.ts'
import { withTimeout } from '../cache/with-timeout.ts'
import type { Engine } from '../engine/engine.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { ContentTraits } from '../plan/format-choice.ts'
import { contentTypeOf, type OutputFormat } from '../plan/formats.ts'
import { type NegotiatedHeader, varyingHeaders } from '../plan/hints.ts'
import { responseNotes } from '../plan/notes.ts'
import { derivativeKey } from '../storage/keys.ts'
import { parseDerivative } from '../url/grammar.ts'
import { printFileName } from '../url/print.ts'
import type { DerivativeWriter } from './derivative-writer.ts'
import { createFallback, type FailedRender, type FallbackImage, type FallbackParts } from './fallback.ts'
import { dependsOnFocalPoint, isSameFocalPoint } from './focal-point.ts'
import type { HeavyRenders } from './heavy-renders.ts'
import { findImageWithOverlays, planAddress } from './image-with-overlays.ts'
import { isInfoAddress } from './info.ts'
import { type ClientPreferences, negotiate } from './negotiation.ts'
import { type RenderParts, type RenderRequest, rendererOf, standinFirst } from './render.ts'
import type { Standins } from './standins.ts'

/** A request for a derivative, as the door hands it over. */
export interface DerivativeRequest {
  /** Path and query as sent. */
  readonly rawUrl: string
  readonly client: ClientPreferences
  /** Is told for whom the URL was verified, before anything else can fail. */
  readonly granted?: (userId: string) => void
  /** Is told which headers have a say in the answer, before anything can fail by what they hold. */
  readonly varies?: (headers: readonly NegotiatedHeader[]) => void
  /** Tells whether the client has the bytes of this entity tag; absent when it did not ask conditionally. */
  readonly hasCurrent?: ((etag: string) => boolean) | undefined
  /** Whether the client would rather come back than wait for heavy work. */
  readonly defers?: boolean
  readonly signal: AbortSignal
}

/** Where the bytes came from: `shared` waited for a development that another request had started. */
export type CacheStatus = 'memory' | 'store' | 'miss' | 'shared'

/** The answer to a request for a derivative; without `derivative` the client has the current bytes already. */
export interface DerivativeResponse {
  readonly grant: Grant
  readonly imageId: string
  /** The canonical name. */
  readonly file: string
  readonly etag: string
  readonly contentType: string
  /** The request headers that have a say in what the URL gives, whatever this request held in them. */
  readonly vary: readonly NegotiatedHeader[]
  readonly format: OutputFormat | 'json'
  /** What the format was chosen by, besides the client's wishes; undefined when the URL names it. */
  readonly content: ContentTraits | undefined
  readonly variant: Variant
  /** Whether the URL may come to mean other bytes: it names presets, or depends on the image's focal point. */
  readonly changeable: boolean
  readonly derivative?: Derivative
  /** What is not quite as it was asked for; absent when the bytes are not looked at. */
  readonly notes?: readonly string[]
  readonly tier: CacheStatus
  /** Milliseconds by step, for `Server-Timing`. */
  readonly timings: Readonly<Record<string, number>>
}

/** The answer when the picture takes too long. */
export interface FallbackResponse extends Pick<DerivativeResponse, 'timings'> {
  readonly fallback: FallbackImage
}

/** What has been put in hand for a client that comes back: nothing yet. */
export interface DeferredResponse {
  readonly deferred: true
}

export interface DeliveryParts extends RenderParts, Omit<FallbackParts, 'deliver'> {
  readonly verify: (rawUrl: string) => Promise<Grant>
  readonly authorize: Authorize
  readonly derivatives: DerivativeRepository
  readonly engine: Engine
  readonly heavy: HeavyRenders
  readonly standins: Standins
  readonly derivativeWriter: DerivativeWriter
  readonly developmentQuota: DevelopmentQuota
}

/** What a flight brings home. */
type Found = { readonly timings: Record<string, number> } & (
  | { readonly derivative: Derivative; readonly tier: 'store' | 'miss' | 'shared' }
  | { readonly fallback: FallbackImage }
)

/** Delivers derivatives. @throws DarkroomError of the catalogue for everything that a client can do wrong or wait out */
export type Deliver = (
  request: DerivativeRequest,
) => Promise<DerivativeResponse | FallbackResponse | DeferredResponse>

/** The way of one request for a derivative: verify, parse, open it, name it, look for it, and develop it if nobody has. */
export function createDelivery(parts: DeliveryParts): Deliver {
  const { operations, verify, authorize, directory, insights, cache, derivatives } = parts
  const flights = new SingleFlight<Found>()
  const fly = (wanted: RenderRequest, terms: FlightTerms, signal: AbortSignal) =>
    flights.run(wanted.key, signal, flight =>
      findOrDevelop({ ...parts, inItsPlace }, { wanted, ...terms }, flight),
    )
  const inItsPlace = createFallback({
    ...parts,
    async deliver(wanted, signal) {
      const { value } = await fly(wanted, { fallback: null, limits: null }, signal)
      return 'fallback' in value ? value.fallback : value.derivative
    },
  })

  return async request => {
    const begun = performance.now()
    const grant = await verify(request.rawUrl)
    request.granted?.(grant.userId)
    const asked = parseDerivative(grant.path, operations)
    // looked up beside what the signature allows, and heard of only after that
    directory.find(asked.userId, asked.imageId).catch(() => {})
    const opened = await authorize(grant, asked)
    const found = await findImageWithOverlays(directory, operations, opened.address)
    const vary = varyingHeaders(opened.address)
    request.varies?.(vary)
    const description = isInfoAddress(opened.address) ? opened.address : undefined
    const image = await insights.withFaces(opened.address.steps, found, request.signal)
    const { address, content } = description
      ? { address: description }
      : negotiate(operations, opened.address, image, request.client)
    const { format } = address
    const plan = format === 'json' ? undefined : planAddress(operations, address, image, format)
    if (opened.hasSizeLimit) opened.checkSize(plan ?? image.facts)
    const file = printFileName(address, operations)
    const key = derivativeKey(address.userId, file)
    const about = {
      grant,
      imageId: image.imageId,
      file,
      contentType: contentTypeOf(format),
      vary,
      format,
      content,
      changeable: opened.presets.length > 0 || dependsOnFocalPoint(file),
    }
    const timings = { verify: performance.now() - begun }

    const inMemory = cache.getFromMemory(key)
    const delivered = (derivative: Derivative) => {
      const notes = plan ? responseNotes(plan, derivative.data.length) : []
      return { ...about, etag: derivative.etag, variant: derivative.variant, derivative, notes }
    }
    if (inMemory) return { ...delivered(inMemory), tier: 'memory', timings }

    if (request.hasCurrent) {
      const row = await withTimeout(derivatives.find(image.userId, image.imageId, file))
      if (row && request.hasCurrent(row.etag)) {
        const { etag, variant } = row
        return { ...about, etag, variant, tier: 'store', timings }
      }
    }

    const wanted = { image, format, ...standinFirst(plan), file, key, presets: opened.presets }
    if (request.defers && (await defer(parts, wanted, grant, request.signal))) return { deferred: true }
    const { value, joined } = await fly(wanted, grant, request.signal)
    // an image may have been deleted in the meantime, or the focal point moved: then nobody else gets what was made by it
    const now = await findImageWithOverlays(directory, operations, address)
    if (dependsOnFocalPoint(file) && !isSameFocalPoint(now.focal, image.focal)) cache.evict([key])
    const all = { ...timings, ...value.timings }
    if ('fallback' in value) return { fallback: value.fallback, timings: all }
    const tier = joined && value.tier === 'miss' ? 'shared' : value.tier
    return { ...delivered(value.derivative), tier, timings: all }
  }
}

/** What a flight needs to know of its user. */
type FlightTerms = Pick<Grant, 'fallback' | 'limits'>

interface FlightParts extends DeliveryParts {
  readonly inItsPlace: ReturnType<typeof createFallback>
}

/**
 * One flight: the store, or else a worker or the engine here; what this one makes is kept behind the response. Who
 * waits for a worker in vain may get something else in its place.
 */
async function findOrDevelop(
  parts: FlightParts,
  { wanted, fallback, limits }: Omit<FailedRender, 'failure'> & FlightTerms,
  signal: AbortSignal,
): Promise<Found> {
  const { standins, heavy, derivativeWriter, developmentQuota, inItsPlace } = parts
  const { userId } = wanted.image
  const begun = performance.now()
  // asked beside the store: who leaves work to others waits long enough
  const failure = isHeavy(parts, wanted) ? heavy.recentFailure(wanted.key) : undefined
  const stored = await standins.loadStored(wanted, signal)
  const store = performance.now() - begun
  if (stored) return { derivative: stored, tier: 'store', timings: { store } }

  if (failure) {
    await developmentQuota.requireRemaining(userId, limits)
    const done = await heavy
      .renderByJob(wanted, failure, signal)
      .catch(async failure => ({ fallback: await inItsPlace({ wanted, fallback, failure }, signal) }))
    return { ...done, timings: { store, job: performance.now() - begun - store } }
  }
  await developmentQuota.take(userId, limits)
  const { derivative, row, timings } = await rendererOf(parts, wanted)(signal)
  derivativeWriter.enqueue(derivative, row)
  return { derivative, tier: 'miss', timings: { store, ...timings } }
}

function isHeavy({ heavy }: DeliveryParts, { plan, image }: RenderRequest): boolean {
  return plan !== undefined && heavy.isHeavy(plan, image)
}

/** Puts heavy work in hand; false for what is there already, or is made at once. */
async function defer(
  parts: DeliveryParts,
  wanted: RenderRequest,
  { limits }: FlightTerms,
  signal: AbortSignal,
): Promise<boolean> {
  const { standins, heavy, developmentQuota } = parts
  if (!isHeavy(parts, wanted)) return false
  if (await standins.loadStored(wanted, signal)) return false
  await developmentQuota.requireRemaining(wanted.image.userId, limits)
  await heavy.enqueue(wanted)
  return true
}

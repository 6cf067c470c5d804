import type { Grant } from '../access/verifier.ts'
import type { Derivative } from '../cache/memory-tier.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import { withTimeout } from '../cache/with-timeout.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { Operations } from '../operations/registry.ts'
import type { ContentTraits } from '../plan/format-choice.ts'
import { contentTypeOf, type OutputFormat } from '../plan/formats.ts'
import type { NegotiatedHeader } from '../plan/hints.ts'
import { responseNotes } from '../plan/plan.ts'
import { traced } from '../telemetry/tracing.ts'
import type { DerivativeAddress } from '../url/address.ts'
import { parseDerivative } from '../url/grammar.ts'
import type { DerivativeUseRecorder } from '../usage/derivative-use-recorder.ts'
import type { DerivativeLoader } from './derivative-loader.ts'
import { downloadFileName } from './download-name.ts'
import { matchesEtag } from './etag.ts'
import type { FallbackImage } from './fallback.ts'
import type { FinalOrders } from './final-orders.ts'
import { dependsOnFocalPoint, isSameFocalPoint } from './focal-point.ts'
import type { ImageDirectory } from './image-directory.ts'
import type { CacheStatus, ImageResponse } from './image-response.ts'
import { findImageWithOverlays, versionOf } from './image-with-overlays.ts'
import { OriginalReplacedError, replacedImageOf } from './missing-original.ts'
import type { ClientPreferences } from './negotiation.ts'
import { toRenderRequest } from './render.ts'
import type { Resolution, Resolve } from './resolve.ts'
import { finalJobOf } from './standins.ts'
import { withVary } from './varying-error.ts'

/** A request for a derivative whose signature is verified. */
export interface DerivativeRequest {
  /** The rights that the verified URL gives, and its user. */
  readonly grant: Grant
  /** When the request began, on the clock of `performance.now()`. */
  readonly startedAt: number
  readonly client: ClientPreferences
  /** The header as sent; undefined for a request without conditions. */
  readonly ifNoneMatch: string | undefined
  /** Whether the client would rather come back later than wait for heavy work (`Prefer: respond-async`). */
  readonly prefersAsync: boolean
  readonly signal: AbortSignal
}

/** The derivative that the URL names. */
export interface DerivativeResponse extends ImageResponse {
  readonly kind: 'derivative'
  /** Whether the client has these bytes already. */
  readonly notModified: boolean
  /** Absent when the client's entity tag is current and the bytes were not read. */
  readonly derivative: Derivative | undefined
  readonly format: OutputFormat | 'json'
  readonly content: ContentTraits | undefined
  /** The images that it was made of: its own and those that are overlaid. */
  readonly imageIds: readonly string[]
  /** Whether the database notifies of every further change of these images. */
  readonly isWatched: boolean
}

/** The image that the user wants shown while the derivative takes too long. */
export interface FallbackResponse {
  readonly kind: 'fallback'
  readonly image: FallbackImage
  readonly vary: readonly NegotiatedHeader[]
  readonly timings: Readonly<Record<string, number>>
}

/** A job was enqueued for the derivative; the client asks again later. */
export interface AcceptedResponse {
  readonly kind: 'accepted'
  readonly vary: readonly NegotiatedHeader[]
}

/**
 * @throws DarkroomError of the catalogue for client errors, limits and overload; a `VaryingError` where `Vary` applies
 */
export type Deliver = (
  request: DerivativeRequest,
) => Promise<DerivativeResponse | FallbackResponse | AcceptedResponse>

export interface DeliveryParts {
  readonly operations: Operations
  readonly resolve: Resolve
  readonly cache: TieredCache
  readonly derivatives: Pick<DerivativeRepository, 'find'>
  readonly loader: DerivativeLoader
  readonly finals: Pick<FinalOrders, 'countRequest' | 'noteStored'>
  readonly directory: ImageDirectory
  readonly derivativeUses: Pick<DerivativeUseRecorder, 'note'>
  /** Whether the derivatives of all users together have a budget. */
  readonly hasBudget: boolean
}

export function createDelivery(parts: DeliveryParts): Deliver {
  return request => deliver(parts, request)
}

/**
 * The steps of a request for a derivative, after its signature is verified: parse the path, resolve it to a canonical
 * name, and answer from memory, with 304, from the object store, or by rendering it.
 */
async function deliver(parts: DeliveryParts, request: DerivativeRequest): ReturnType<Deliver> {
  const address = parseDerivative(request.grant.path, parts.operations)
  try {
    return await resolveAndRespond(parts, request, address)
  } catch (error) {
    const replaced = replacedImageOf(error)
    if (replaced === undefined) throw error
    parts.directory.forget(replaced.userId, replaced.imageId)
    return resolveAndRespond(parts, request, address)
  }
}

async function resolveAndRespond(
  parts: DeliveryParts,
  request: DerivativeRequest,
  address: DerivativeAddress,
): ReturnType<Deliver> {
  const { grant, client, signal, startedAt } = request
  const resolution = await traced(
    () => ({ name: 'resolve' }),
    () => parts.resolve(address, { terms: grant, client, detectFaces: signal }),
  )
  const timings = { verify: performance.now() - startedAt }
  try {
    return await respond(parts, request, { resolution, timings })
  } catch (error) {
    throw withVary(error, resolution.vary)
  }
}

/** The resolved URL, and the duration of each step so far in milliseconds. */
interface Resolved {
  readonly resolution: Resolution
  readonly timings: Readonly<Record<string, number>>
}

async function respond(
  parts: DeliveryParts,
  request: DerivativeRequest,
  resolved: Resolved,
): ReturnType<Deliver> {
  const { cache, loader, finals } = parts
  const { grant, signal } = request
  const { resolution, timings } = resolved
  const { vary } = resolution

  const cached = cache.getFromMemory(resolution.key)
  if (cached) {
    noteUse(parts, grant, resolution)
    if (cached.variant === 'standin') finals.countRequest(cached.key)
    return toResponse(request, resolved, cached, 'memory')
  }

  const current = await findNotModified(parts, request, resolved)
  if (current) {
    noteUse(parts, grant, resolution)
    if (current.variant === 'standin') countRevalidation(parts, resolution)
    return current
  }

  const render = toRenderRequest(resolution)
  if (request.prefersAsync && (await loader.enqueueIfHeavy(render, grant, signal))) {
    return { kind: 'accepted', vary }
  }

  const loaded = await loader.load(render, grant, signal)
  await recheckImage(parts, resolution)
  const all = { ...timings, ...loaded.timings }
  if ('fallback' in loaded) return { kind: 'fallback', image: loaded.fallback, vary, timings: all }
  if (loaded.cacheStatus === 'store') noteUse(parts, grant, resolution)
  return toResponse(request, { resolution, timings: all }, loaded.derivative, loaded.cacheStatus)
}

/** Notes that a stored derivative is being used, if that matters for its eviction. */
function noteUse(
  { derivativeUses, hasBudget }: DeliveryParts,
  { limits }: Grant,
  { key, image, file }: Resolution,
): void {
  if (!hasBudget && limits?.derivativeBytes === undefined) return
  derivativeUses.note(key, { userId: image.userId, imageId: image.imageId, fileName: file })
}

/** Counts a request of a cache that has the stand-in already, and got it earlier. */
function countRevalidation({ finals }: DeliveryParts, resolution: Resolution): void {
  finals.noteStored(finalJobOf(resolution), 1)
  finals.countRequest(resolution.key)
}

/** The response without bytes, when the client's entity tag is the stored one: the bytes need not be read then. */
async function findNotModified(
  { derivatives }: DeliveryParts,
  { grant, ifNoneMatch }: DerivativeRequest,
  resolved: Resolved,
): Promise<DerivativeResponse | undefined> {
  if (ifNoneMatch === undefined) return undefined
  const { image, file, version } = resolved.resolution
  const row = await withTimeout(derivatives.find(image.userId, image.imageId, file, version))
  if (row === undefined || !matchesEtag(ifNoneMatch, row.etag)) return undefined
  const { etag, variant } = row
  return {
    ...toFacts(grant, resolved),
    etag,
    variant,
    cacheStatus: 'store',
    notes: [],
    derivative: undefined,
    notModified: true,
  }
}

/**
 * Looks the images up once more after a load: one may have been deleted meanwhile. If the focal point has moved or an
 * original was replaced, the derivative is evicted, so that no later request gets it. The derivative of an earlier
 * original is not sent either: it was purged from CDNs, and they would cache it again.
 * @throws OriginalReplacedError when an original was replaced
 */
async function recheckImage({ operations, directory, cache }: DeliveryParts, resolution: Resolution) {
  const { address, image, file, version, key } = resolution
  const now = await findImageWithOverlays(directory, operations, address)
  const hasMoved = dependsOnFocalPoint(file) && !isSameFocalPoint(now.focal, image.focal)
  const isReplaced = versionOf(now) !== version
  if (hasMoved || isReplaced) cache.evict([key])
  if (isReplaced) throw new OriginalReplacedError(image)
}

function toResponse(
  { grant, ifNoneMatch }: DerivativeRequest,
  resolved: Resolved,
  derivative: Derivative,
  cacheStatus: CacheStatus,
): DerivativeResponse {
  const { plan } = resolved.resolution
  const { etag, variant, data } = derivative
  const notes = plan ? responseNotes(plan, data.length) : []
  const notModified = ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, etag)
  return { ...toFacts(grant, resolved), etag, variant, cacheStatus, notes, derivative, notModified }
}

/** The facts of a response that do not depend on the bytes. */
function toFacts({ userId, expires, download: name }: Grant, { resolution, timings }: Resolved) {
  const { image, file, format, vary, content, changeable } = resolution
  const { imageId } = image
  const images = [image, ...image.overlays.values()]
  const contentType = contentTypeOf(format)
  const download = name === undefined ? undefined : downloadFileName(name, format)
  const facts = { userId, imageId, file, format, contentType, expires, vary, content, changeable, timings }
  const imageIds = images.map(each => each.imageId)
  const isWatched = images.every(each => each.isIngested)
  return { kind: 'derivative' as const, ...facts, download, imageIds, isWatched }
}

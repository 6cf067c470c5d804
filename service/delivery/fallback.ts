import type { Engine } from '../engine/engine.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { Fallback } from '../metadata/users.ts'
import type { Operations } from '../operations/registry.ts'
import { contentTypeOf, type OutputFormat } from '../plan/formats.ts'
import type { Plan } from '../plan/plan.ts'
import type { Logger } from '../telemetry/logger.ts'
import { normalizeStep } from '../url/step.ts'
import type { HeavyRenders } from './heavy-renders.ts'
import type { ImageDirectory } from './image-directory.ts'
import { type RenderRequest, toRenderRequest } from './render.ts'
import { type Resolve, unrestrictedTerms } from './resolve.ts'

/** Shown in place of a derivative that is not ready in time. It is not what the URL names, so it must not be cached. */
export interface FallbackImage {
  readonly data: Buffer
  readonly contentType: string
}

export interface FallbackParts {
  readonly operations: Operations
  readonly directory: ImageDirectory
  readonly resolve: Resolve
  readonly engine: Pick<Engine, 'drawPlaceholder'>
  readonly heavy: Pick<HeavyRenders, 'isHeavy'>
  readonly logger: Logger
}

/** Loads the derivative that is shown as a fallback. */
export type LoadFallback = (request: RenderRequest, signal: AbortSignal) => Promise<Buffer>

/** A heavy render that failed, and what its user wants shown in that case. */
export interface FailedRender {
  readonly request: RenderRequest
  readonly fallback: Fallback | null
  readonly failure: unknown
}

/** How long a request waits for the fallback, after it waited for the render, in milliseconds. */
const fallbackTimeoutMs = 5_000

/**
 * Finds what the user wants shown when heavy work takes too long or cannot be enqueued.
 * @throws the failure itself when it is not a 503, or when there is nothing to show
 */
export async function findFallback(
  parts: FallbackParts,
  load: LoadFallback,
  { request, fallback, failure }: FailedRender,
  signal: AbortSignal,
): Promise<FallbackImage> {
  const { plan, format, image } = request
  const isTemporary = failure instanceof DarkroomError && failure.status === 503
  if (!isTemporary || fallback === null || plan === undefined || format === 'json') throw failure
  const limited = AbortSignal.any([signal, AbortSignal.timeout(fallbackTimeoutMs)])
  const target = { request, plan, format }
  const finding =
    fallback === 'placeholder'
      ? drawPlaceholder(parts, target, limited)
      : loadImage(parts, load, { ...target, imageId: fallback.imageId }, limited)
  const data = await finding.catch(error => {
    parts.logger.debug({ imageId: image.imageId, reason: messageOf(error) }, 'failed to show fallback')
    return undefined
  })
  if (data === undefined) throw failure
  return { data, contentType: contentTypeOf(format) }
}

/** The render that failed, whose size and format the fallback takes. */
interface Target {
  readonly request: RenderRequest
  readonly plan: Plan
  readonly format: OutputFormat
}

/** Draws the image's thumbhash; undefined when the image was not analysed yet. */
async function drawPlaceholder(
  { directory, engine }: FallbackParts,
  { request, plan, format }: Target,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { userId, imageId } = request.image
  // read again: the image may have been analysed since the request began
  const thumbhash = (await directory.find(userId, imageId)).insight?.thumbhash
  if (thumbhash === undefined) return undefined
  const { width, height, alpha } = plan
  return engine.drawPlaceholder({ thumbhash, width, height, alpha, format }, { tenant: userId, signal })
}

/** Another image of the user in the size of the one that failed; undefined when rendering that would be heavy, too. */
async function loadImage(
  { operations, resolve, heavy }: FallbackParts,
  load: LoadFallback,
  { imageId, request, plan: { width, height }, format }: Target & { readonly imageId: string },
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { userId } = request.image
  const step = normalizeStep({ op: 'resize', w: width, h: height, enlarge: 1 }, operations)
  const resolution = await resolve({ userId, imageId, steps: [step], format }, { terms: unrestrictedTerms })
  const render = toRenderRequest(resolution)
  const { plan, image, key } = render
  // a fallback that is the failed derivative itself would wait for the request that is waiting for it
  if (plan === undefined || heavy.isHeavy(plan, image) || key === request.key) return undefined
  return load(render, signal)
}

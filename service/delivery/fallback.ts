import type { Derivative } from '../cache/memory-tier.ts'
import type { Engine } from '../engine/engine.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { Fallback } from '../metadata/users.ts'
import type { Operations } from '../operations/registry.ts'
import { contentTypeOf, type OutputFormat } from '../plan/formats.ts'
import type { Plan } from '../plan/plan.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { Logger } from '../telemetry/logger.ts'
import { printFileName } from '../url/print.ts'
import { normalizeStep } from '../url/step.ts'
import type { HeavyRenders } from './heavy-renders.ts'
import type { ImageDirectory } from './image-directory.ts'
import { findImageWithOverlays, planAddress } from './image-with-overlays.ts'
import { type RenderRequest, standinFirst } from './render.ts'

/** Shown in the place of a picture that is not there in time. It is not what the URL names, so nobody keeps it. */
export interface FallbackImage {
  readonly data: Buffer
  readonly contentType: string
}

export interface FallbackParts {
  readonly operations: Operations
  readonly directory: ImageDirectory
  readonly engine: Pick<Engine, 'drawPlaceholder'>
  readonly heavy: Pick<HeavyRenders, 'isHeavy'>
  readonly logger: Logger
  /** The ordinary way of a derivative. */
  readonly deliver: (wanted: RenderRequest, signal: AbortSignal) => Promise<Pick<Derivative, 'data'>>
}

/** A picture whose heavy work failed a request, and what its user wants to be shown then. */
export interface FailedRender {
  readonly wanted: RenderRequest
  readonly fallback: Fallback | null
  /** What the work failed with. */
  readonly failure: unknown
}

/** How long a request waits on top of the wait that was in vain, in milliseconds. */
const patienceMs = 5_000

/**
 * Finds what the user wants to be shown when heavy work takes too long or nobody can do it now.
 * @throws the failure, when it is of another kind, or there is nothing to show
 */
export function createFallback(
  parts: FallbackParts,
): (missed: FailedRender, signal: AbortSignal) => Promise<FallbackImage> {
  return async ({ wanted, fallback, failure }, signal) => {
    const { plan, format, image } = wanted
    const passing = failure instanceof DarkroomError && failure.status === 503
    if (!passing || fallback === null || plan === undefined || format === 'json') throw failure
    const patient = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
    const picture = { wanted, plan, format }
    const finding =
      fallback === 'placeholder'
        ? drawn(parts, picture, patient)
        : developed(parts, fallback.imageId, picture, patient)
    const data = await finding.catch(error => {
      const reason = messageOf(error)
      parts.logger.debug({ imageId: image.imageId, reason }, 'a fallback could not be shown')
      return undefined
    })
    if (data === undefined) throw failure
    return { data, contentType: contentTypeOf(format) }
  }
}

/** A picture that is missed, with the plan of it. */
interface Planned {
  readonly wanted: RenderRequest
  readonly plan: Plan
  readonly format: OutputFormat
}

/** What was seen of the image; undefined when nobody has looked yet. */
async function drawn(
  { directory, engine }: FallbackParts,
  { wanted, plan, format }: Planned,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { userId, imageId } = wanted.image
  // somebody may have looked in the meantime
  const thumbhash = (await directory.find(userId, imageId)).insight?.thumbhash
  if (thumbhash === undefined) return undefined
  const { width, height, alpha } = plan
  return engine.drawPlaceholder({ thumbhash, width, height, alpha, format }, { tenant: userId, signal })
}

/** Another image of the user in the size of the one that is missed; undefined when that would be heavy, too. */
async function developed(
  { operations, directory, heavy, deliver }: FallbackParts,
  imageId: string,
  { wanted, plan: { width, height }, format }: Planned,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { userId } = wanted.image
  const step = normalizeStep({ op: 'resize', w: width, h: height, enlarge: 1 }, operations)
  const address = { userId, imageId, steps: [step], format }
  const image = await findImageWithOverlays(directory, operations, address)
  const start = standinFirst(planAddress(operations, address, image, format))
  const file = printFileName(address, operations)
  const key = derivativeKey(userId, file)
  // nothing may wait for itself
  if (start.plan === undefined || heavy.isHeavy(start.plan, image) || key === wanted.key) return undefined
  return (await deliver({ image, format, ...start, file, key }, signal)).data
}

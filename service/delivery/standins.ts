import type { Derivative, Variant } from '../cache/memory-tier.ts'
import type { StoredBytes, TieredCache } from '../cache/tiered-cache.ts'
import { withTimeout } from '../cache/with-timeout.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { FailedJobRepository } from '../metadata/failed-jobs.ts'
import { contentTypeOf } from '../plan/formats.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { DerivativeJob } from './derivative-job.ts'
import { dependsOnFocalPoint } from './focal-point.ts'
import type { RenderRequest } from './render.ts'

/** The name of the job that finishes a derivative. */
export const finishJobName = 'finish'

export interface StandinsParts {
  readonly cache: TieredCache
  readonly derivatives: Pick<DerivativeRepository, 'find'>
  readonly failedJobs: Pick<FailedJobRepository, 'findActive'>
  /** Puts the job where somebody takes it. */
  readonly dispatch: (order: DerivativeJob) => Promise<unknown>
  readonly logger: Logger
}

/** What the store has, told apart: stand-ins, and what took their places. */
export interface Standins {
  /**
   * A derivative of the store, which is in memory from then on. A stand-in, and what depends on a focal point, is as
   * good as none when no record speaks of it; a stand-in that is on record is finished. While the store does not answer,
   * memory's own stand-in goes on.
   * @throws DarkroomError `unavailable`
   */
  loadStored(wanted: RenderRequest, signal: AbortSignal): Promise<Derivative | undefined>
  /** Has a stand-in finished that is stored and on record; never waits and never throws. */
  enqueueFinish(wanted: DerivativeJob & Pick<RenderRequest, 'key'>): void
}

/** Whether bytes of the store count only with a record that speaks of them: stand-ins, and what depends on a focal point. */
export const requiresRow = ({ file, final }: Pick<RenderRequest, 'file' | 'final'>) =>
  final !== undefined || dependsOnFocalPoint(file)

export function createStandins(parts: StandinsParts): Standins {
  const { cache, derivatives, failedJobs, dispatch, logger } = parts
  const finish: Standins['enqueueFinish'] = ({ userId, imageId, file, key }) => {
    const order = async () => {
      if ((await failedJobs.findActive(finishJobName, key)) === undefined)
        await dispatch({ userId, imageId, file })
    }
    order().catch(error => logger.debug({ key, reason: messageOf(error) }, 'a stand-in is not finished yet'))
  }
  return {
    enqueueFinish: finish,
    async loadStored(wanted, signal) {
      const { key, format, final } = wanted
      const contentType = contentTypeOf(format)
      const remember = (stored: StoredBytes, variant: Variant) =>
        cache.putInMemory({ key, ...stored, contentType, variant })
      if (!requiresRow(wanted)) {
        const stored = await cache.readFromStore(key, signal)
        return stored && remember(stored, 'final')
      }
      const stored = await cache.readFromStore(key, signal).catch(error => {
        const known = cache.getStaleFromMemory(key)
        if (known && error instanceof DarkroomError && error.code === 'unavailable') return known
        throw error
      })
      if (stored === undefined || 'variant' in stored) return stored
      const variant = await variantOf(derivatives, wanted, stored)
      if (variant === 'standin') finish({ ...orderOf(wanted), key })
      if (variant === 'unknown') return remember(stored, final ? 'standin' : 'final')
      return variant && remember(stored, variant)
    },
  }
}

const orderOf = ({ image: { userId, imageId }, file }: RenderRequest): DerivativeJob => ({
  userId,
  imageId,
  file,
})

/**
 * What bytes of the store are: final only if the record says so of these very bytes; undefined when there is no record,
 * or they may have been made by a focal point that has moved since; `unknown` without a database.
 */
async function variantOf(
  derivatives: StandinsParts['derivatives'],
  { image, file }: RenderRequest,
  { etag }: StoredBytes,
): Promise<Variant | 'unknown' | undefined> {
  const record = derivatives.find(image.userId, image.imageId, file)
  const row = await withTimeout(record.then(found => found ?? none))
  if (row === undefined) return 'unknown'
  if (row.etag === etag) return row.variant
  return row === none || dependsOnFocalPoint(file) ? undefined : 'standin'
}

/** There is no record, which is not the same as no answer. */
const none = { etag: '', variant: 'standin' } as const

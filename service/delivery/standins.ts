import type { Derivative, Variant } from '../cache/memory-tier.ts'
import type { StoredBytes, TieredCache } from '../cache/tiered-cache.ts'
import { withTimeout } from '../cache/with-timeout.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { FailedJobRepository } from '../metadata/failed-jobs.ts'
import { contentTypeOf } from '../plan/formats.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type DerivativeJob, finishJobName, versionInJob } from './derivative-job.ts'
import { dependsOnFocalPoint } from './focal-point.ts'
import type { RenderRequest } from './render.ts'

export interface StandinsParts {
  readonly cache: TieredCache
  readonly derivatives: Pick<DerivativeRepository, 'find'>
  readonly failedJobs: Pick<FailedJobRepository, 'findActive'>
  /** Enqueues the job. */
  readonly dispatch: (job: DerivativeJob) => Promise<unknown>
  readonly logger: Logger
}

/**
 * Whether stored bytes are used only if a database row describes them. True for a derivative that is first served as a
 * stand-in, and for one that depends on a focal point.
 */
export const requiresRow = ({ file, final }: Pick<RenderRequest, 'file' | 'final'>) =>
  final !== undefined || dependsOnFocalPoint(file)

/** Reads derivatives from the store, detects which ones are stand-ins, and enqueues the jobs that replace those. */
export class Standins {
  readonly #parts: StandinsParts

  constructor(parts: StandinsParts) {
    this.#parts = parts
  }

  /**
   * Loads a derivative from the store into memory. If a row is required and missing, the result is undefined. For a
   * stand-in that has a row, the job that replaces it is enqueued. While the store does not answer, a stand-in that is
   * still in memory is returned.
   * @throws DarkroomError `unavailable`
   */
  async loadStored(request: RenderRequest, signal: AbortSignal): Promise<Derivative | undefined> {
    const { cache } = this.#parts
    const { key, final } = request
    if (!requiresRow(request)) {
      const stored = await cache.readFromStore(key, signal)
      return stored && this.#remember(request, stored, 'final')
    }
    const stored = await cache.readFromStore(key, signal).catch(error => {
      const stale = cache.getStaleFromMemory(key)
      if (stale && error instanceof DarkroomError && error.code === 'unavailable') return stale
      throw error
    })
    if (stored === undefined || 'variant' in stored) return stored
    const variant = await findVariant(this.#parts.derivatives, request, stored)
    if (variant === undefined) return undefined
    const { userId, imageId } = request.image
    if (variant === 'standin')
      this.enqueueFinish({ userId, imageId, file: request.file, ...versionInJob(request), key })
    if (variant !== 'unknown') return this.#remember(request, stored, variant)
    if (final) return this.#remember(request, stored, 'standin')
    // the focal point may have moved
    const contentType = contentTypeOf(request.format)
    return { key, ...stored, contentType, variant: 'final', isConfirmed: false }
  }

  /** Enqueues the job that finishes a stand-in, unless it has failed recently; never waits and never throws. */
  enqueueFinish(job: DerivativeJob & Pick<RenderRequest, 'key'>): void {
    this.#enqueueFinish(job).catch(error =>
      this.#parts.logger.debug(
        { key: job.key, reason: messageOf(error) },
        'failed to enqueue the job that replaces a stand-in',
      ),
    )
  }

  async #enqueueFinish({ key, presets: _, ...job }: DerivativeJob & Pick<RenderRequest, 'key'>) {
    const { failedJobs, dispatch } = this.#parts
    if ((await failedJobs.findActive(finishJobName, key)) === undefined) await dispatch(job)
  }

  #remember({ key, format }: RenderRequest, stored: StoredBytes, variant: Variant): Derivative {
    return this.#parts.cache.putInMemory({ key, ...stored, contentType: contentTypeOf(format), variant })
  }
}

/**
 * The variant of stored bytes: final only if the row has their entity tag; undefined when there is no row, or when they
 * may have been rendered with a focal point that has moved since; `unknown` while the database does not answer.
 */
async function findVariant(
  derivatives: StandinsParts['derivatives'],
  { image, file, version }: RenderRequest,
  { etag }: StoredBytes,
): Promise<Variant | 'unknown' | undefined> {
  const found = derivatives.find(image.userId, image.imageId, file, version)
  const row = await withTimeout(found.then(row => row ?? noRow))
  if (row === undefined) return 'unknown'
  if (row.etag === etag) return row.variant
  return row === noRow || dependsOnFocalPoint(file) ? undefined : 'standin'
}

/** Stands for a missing row, as undefined stands for a database that does not answer. */
const noRow = { etag: '', variant: 'standin' } as const

import type { Derivative, Variant } from '../cache/memory-tier.ts'
import type { StoredBytes, TieredCache } from '../cache/tiered-cache.ts'
import { withTimeout } from '../cache/with-timeout.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import { contentTypeOf } from '../plan/formats.ts'
import { versionInJob } from './derivative-job.ts'
import type { FinalJob, FinalOrders } from './final-orders.ts'
import { dependsOnFocalPoint } from './focal-point.ts'
import type { RenderRequest } from './render.ts'

export interface StandinsParts {
  readonly cache: TieredCache
  readonly derivatives: Pick<DerivativeRepository, 'find'>
  readonly finals: Pick<FinalOrders, 'noteStored'>
}

/**
 * Whether stored bytes are used only if a database row describes them. True for a derivative that is first served as a
 * stand-in, and for one that depends on a focal point.
 */
export const requiresRow = ({ file, final }: Pick<RenderRequest, 'file' | 'final'>) =>
  final !== undefined || dependsOnFocalPoint(file)

/** The job that makes the final of a derivative. */
export function finalJobOf({
  image: { userId, imageId },
  file,
  version,
  key,
}: Pick<RenderRequest, 'file' | 'version' | 'key'> & {
  readonly image: { readonly userId: string; readonly imageId: string }
}): FinalJob {
  return { userId, imageId, file, ...versionInJob({ version }), key }
}

/** Reads derivatives from the store, and detects which ones are stand-ins. */
export class Standins {
  readonly #parts: StandinsParts

  constructor(parts: StandinsParts) {
    this.#parts = parts
  }

  /**
   * Loads a derivative from the store into memory. If a row is required and missing, the result is undefined. A stand-in
   * that has a row is noted as stored. While the store does not answer, a stand-in that is still in memory is returned.
   * @param requestsBefore how many requests have led to a stand-in that is stored
   * @throws DarkroomError `unavailable`
   */
  async loadStored(
    request: RenderRequest,
    signal: AbortSignal,
    requestsBefore = 1,
  ): Promise<Derivative | undefined> {
    const { cache, finals } = this.#parts
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
    if (variant === 'standin') finals.noteStored(finalJobOf(request), requestsBefore)
    if (variant !== 'unknown') return this.#remember(request, stored, variant)
    if (final) return this.#remember(request, stored, 'standin')
    // the focal point may have moved
    const contentType = contentTypeOf(request.format)
    return { key, ...stored, contentType, variant: 'final', isConfirmed: false }
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

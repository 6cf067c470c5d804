import type { TieredCache } from '../cache/tiered-cache.ts'
import { renewable } from '../cache/wholeness.ts'
import type { Engine } from '../engine/engine.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Derivative, DerivativeRepository } from '../metadata/derivatives.ts'
import type { StrayDerivativeRepository } from '../metadata/stray-derivatives.ts'
import { contentTypeOf } from '../plan/formats.ts'
import type { Plan } from '../plan/plan.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import { readSources } from './image-with-overlays.ts'
import type { ReadyNotices } from './ready-notices.ts'
import type { RenderRequest } from './render.ts'
import type { Sources } from './sources.ts'
import { yieldToRequests } from './yield-to-requests.ts'

/** How long finishing yields to requests at most, in milliseconds. */
const maxYieldMs = 60_000

export interface FinishingParts {
  readonly derivatives: Pick<DerivativeRepository, 'find' | 'finish'>
  readonly strays: Pick<StrayDerivativeRepository, 'begin' | 'end'>
  readonly store: ObjectStore
  readonly cache: TieredCache
  readonly sources: Sources
  readonly engine: Engine
  readonly readyNotices: ReadyNotices
  readonly usage: Pick<UsageRecorder, 'countRender'>
}

/** A stand-in's row, and its bytes in the store. */
interface Standin {
  readonly row: Derivative
  readonly data: Buffer
}

/**
 * Replaces a stand-in by the final derivative: first the object, then the row, then a notice to every process. Until
 * the row has the entity tag of the stored bytes they count as a stand-in, so after a crash at any moment the worst
 * case is that the work is done again. A stand-in that cannot be improved becomes final as it is.
 * @throws DarkroomError for a failure that a retry may solve
 */
export async function finishStandin(
  parts: FinishingParts,
  request: RenderRequest,
  signal: AbortSignal,
): Promise<void> {
  const { cache, derivatives, readyNotices, engine } = parts
  const { key, image, file, version, final } = request
  if (final === undefined) return
  await yieldToRequests(engine, maxYieldMs, signal)
  const row = await derivatives.find(image.userId, image.imageId, file, version)
  const stored = await cache.readFromStore(key, signal)
  // purged: the next request renders it again
  if (row === undefined || stored === undefined) return
  const isFinished = row.variant === 'final' && row.etag === stored.etag
  if (!isFinished) await replace(parts, request, final, { row, data: stored.data }, signal)
  readyNotices.publish(key)
}

async function replace(
  parts: FinishingParts,
  request: RenderRequest,
  final: Plan,
  { row, data }: Standin,
  signal: AbortSignal,
): Promise<void> {
  const { store, cache, derivatives, strays, usage } = parts
  const { key, format, image } = request
  const contentType = contentTypeOf(format)
  const startedAt = performance.now()
  const better = await refine(parts, request, final, { row, data }, signal)
  const costMs = Math.round(performance.now() - startedAt)
  usage.countRender(image.userId, costMs)
  // if the stand-in is purged meanwhile, only the stray leads to the object
  const strayIds = better ? await strays.begin([row]) : []
  if (better) await store.put(key, better, { ...renewable(better, contentType), signal })
  const { etag } = cache.putInMemory({ key, data: better ?? data, contentType, variant: 'final' })
  if (!(await derivatives.finish(row, { bytes: (better ?? data).length, etag, costMs }))) {
    // the row was purged or changed meanwhile, so the object that was just stored belongs to no row
    cache.evict([key])
    if (better) await store.delete([key], signal)
  }
  await strays.end(strayIds)
}

/** Bytes that are smaller than the stand-in's and look at least as good; undefined when there are none. */
async function refine(
  { engine, sources }: FinishingParts,
  { image }: RenderRequest,
  final: Plan,
  { row: { width, height }, data }: Standin,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const read = () => readSources(sources, image, final, signal)
  try {
    const ticket = { tenant: image.userId, signal }
    return (await engine.refine(read, final, { data, width, height }, ticket))?.data
  } catch (error) {
    // these failures would repeat
    const isPermanent =
      error instanceof DarkroomError && /^(deadline|undecodable|not-applicable)$/.test(error.code)
    if (signal.aborted || !isPermanent) throw error
    return undefined
  }
}

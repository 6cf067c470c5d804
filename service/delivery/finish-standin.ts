import type { TieredCache } from '../cache/tiered-cache.ts'
import type { Engine } from '../engine/engine.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Derivative, DerivativeRepository } from '../metadata/derivatives.ts'
import { contentTypeOf } from '../plan/formats.ts'
import type { Plan } from '../plan/plan.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import { readSources } from './image-with-overlays.ts'
import type { ReadyNotices } from './ready-notices.ts'
import type { RenderRequest } from './render.ts'
import type { Sources } from './sources.ts'
import { yieldToRequests } from './yield-to-requests.ts'

/** For how long finishing gives way to requests at most, in milliseconds. */
const patienceMs = 60_000

export interface FinishingParts {
  readonly derivatives: Pick<DerivativeRepository, 'find' | 'finish'>
  readonly store: ObjectStore
  readonly cache: TieredCache
  readonly sources: Sources
  readonly engine: Engine
  readonly readyNotices: ReadyNotices
  readonly usage: Pick<UsageRecorder, 'countRender'>
}

/** A stand-in as it is on record and in the store. */
interface Standin {
  readonly row: Derivative
  readonly data: Buffer
}

/**
 * Puts the final bytes in a stand-in's place: the object first, then the record, then every process hears of it. Until
 * the record speaks of the very bytes of the object they count as a stand-in's, so that whatever instant a crash
 * chooses, the worst is that the work is done again.
 * @throws DarkroomError for what may pass; what cannot be made better stays as it is, and is final
 */
export async function finishStandin(
  parts: FinishingParts,
  wanted: RenderRequest,
  signal: AbortSignal,
): Promise<void> {
  const { cache, derivatives, readyNotices, engine } = parts
  const { key, image, file, final } = wanted
  if (final === undefined) return
  await yieldToRequests(engine, patienceMs, signal)
  const row = await derivatives.find(image.userId, image.imageId, file)
  const stored = await cache.readFromStore(key, signal)
  // it was purged: whoever asks next begins anew
  if (row === undefined || stored === undefined) return
  const isFinished = row.variant === 'final' && row.etag === stored.etag
  if (!isFinished) await replace(parts, wanted, final, { row, data: stored.data }, signal)
  readyNotices.publish(key)
}

async function replace(
  parts: FinishingParts,
  wanted: RenderRequest,
  final: Plan,
  { row, data }: Standin,
  signal: AbortSignal,
): Promise<void> {
  const { store, cache, derivatives, usage } = parts
  const { key, format, image } = wanted
  const contentType = contentTypeOf(format)
  const begun = performance.now()
  const better = await refine(parts, wanted, final, { row, data }, signal)
  const costMs = Math.round(performance.now() - begun)
  usage.countRender(image.userId, costMs)
  if (better) await store.put(key, better, { contentType, durable: false, signal })
  const { etag } = cache.putInMemory({ key, data: better ?? data, contentType, variant: 'final' })
  if (await derivatives.finish(row, { bytes: (better ?? data).length, etag, costMs })) return
  // purged meanwhile, or changed: what was put there is nobody's
  cache.evict([key])
  if (better) await store.delete([key], signal)
}

/** Better bytes than the stand-in's, if the original gives any. */
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
    // what takes too long, or shows damage now, would do so again
    const settled =
      error instanceof DarkroomError && /^(deadline|undecodable|not-applicable)$/.test(error.code)
    if (signal.aborted || !settled) throw error
    return undefined
  }
}

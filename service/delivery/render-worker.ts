import type { DevelopmentQuota } from '../access/development-quota.ts'
import { renewable } from '../cache/wholeness.ts'
import { DarkroomError, type ErrorCode } from '../errors/catalogue.ts'
import type { Derivative, DerivativeRepository, NewDerivative } from '../metadata/derivatives.ts'
import type { StrayDerivativeRepository } from '../metadata/stray-derivatives.ts'
import type { Operations } from '../operations/registry.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import { parseDerivative } from '../url/grammar.ts'
import type { WebhookEvents } from '../webhooks/webhook-events.ts'
import type { DerivativeJob } from './derivative-job.ts'
import type { FinalOrders } from './final-orders.ts'
import { finishStandin } from './finish-standin.ts'
import { dependsOnFocalPoint } from './focal-point.ts'
import type { ImageDirectory } from './image-directory.ts'
import type { ReadyNotices } from './ready-notices.ts'
import { type RenderParts, type RenderRequest, renderDerivative, toRenderRequest } from './render.ts'
import { type Resolution, type Resolve, unrestrictedTerms } from './resolve.ts'
import { finalJobOf, requiresRow } from './standins.ts'

export interface RenderWorkerParts extends RenderParts {
  readonly operations: Operations
  readonly directory: ImageDirectory
  readonly resolve: Resolve
  readonly derivatives: DerivativeRepository
  readonly strays: StrayDerivativeRepository
  readonly store: ObjectStore
  readonly readyNotices: ReadyNotices
  readonly finals: Pick<FinalOrders, 'order' | 'noteStored'>
  readonly developmentQuota: Pick<DevelopmentQuota, 'takeInJob'>
  readonly events: Pick<WebhookEvents, 'tryPublish'>
}

/** Renders derivatives in jobs. */
export interface RenderWorker {
  /**
   * Renders a derivative, stores it with its row, and publishes that it is ready. If the derivative is stored already,
   * it is only published as ready.
   * @throws DarkroomError of the catalogue
   */
  render(job: DerivativeJob, signal: AbortSignal): Promise<void>
  /** Replaces a stand-in by the final derivative. @throws DarkroomError as `finishStandin` does */
  finish(job: DerivativeJob, signal: AbortSignal): Promise<void>
  /** Publishes that a derivative's job has failed, to waiting requests and to the user's webhooks. */
  reportFailure(job: DerivativeJob, failure: { readonly code: ErrorCode; readonly detail: string }): void
}

export function createRenderWorker(parts: RenderWorkerParts): RenderWorker {
  const { readyNotices, events } = parts
  return {
    render: (job, signal) => renderJob(parts, job, signal),
    async finish(job, signal) {
      const request = await resolveJob(parts, job, signal)
      if (request) await finishStandin(parts, request, signal)
    },
    reportFailure({ userId, imageId, file, version }, { code, detail }) {
      readyNotices.publish(derivativeKey(userId, file, version))
      const data = { imageId, file, path: `/${derivativeKey(userId, file)}`, code, detail }
      void events.tryPublish(userId, { event: 'derivative.failed', data })
    },
  }
}

async function renderJob(parts: RenderWorkerParts, job: DerivativeJob, signal: AbortSignal): Promise<void> {
  const { store, strays, readyNotices, finals, developmentQuota } = parts
  const request = await resolveJob(parts, job, signal)
  if (request === undefined) return
  const { key } = request
  const stored = await findStored(parts, request, signal)
  if (stored) {
    if (stored.variant === 'standin' && !job.isRequested) finals.order(finalJobOf(request))
    return readyNotices.publish(key)
  }
  await developmentQuota.takeInJob(job.userId)
  const { derivative, row } = await renderDerivative(parts, request, { signal })
  const { data, contentType } = derivative
  // until the row is recorded, a stray leads to the object
  const [strayId = ''] = await strays.begin([row])
  await store.put(key, data, { ...renewable(data, contentType), signal })
  // waiting requests are answered before the row is inserted, unless stored bytes without a row are not served
  const isReady = !requiresRow(request)
  if (isReady) readyNotices.publish(key)
  await insertRow(parts, request, { ...row, strayId }, signal)
  if (!isReady) readyNotices.publish(key)
  if (request.final === undefined) return
  if (job.isRequested) finals.noteStored(finalJobOf(request))
  else finals.order(finalJobOf(request))
}

/**
 * Inserts the row of a stored object, or removes the object again.
 * @throws DarkroomError `unavailable` when the image changed
 */
async function insertRow(
  { derivatives, strays, cache, store }: RenderWorkerParts,
  { key }: RenderRequest,
  row: NewDerivative & { strayId: string },
  signal: AbortSignal,
): Promise<void> {
  const [rejected] = await derivatives.record([row])
  if (rejected === undefined) return
  cache.evict([key])
  await store.delete([key], signal)
  await strays.end([row.strayId])
  throw new DarkroomError('unavailable', 'the image was changed while it was rendered, retry later', {
    isOutage: false,
  })
}

/**
 * The render that a job names; undefined when an original was replaced since the job was enqueued.
 * @throws DarkroomError `bad-url` for a name that is not the canonical one of an image
 */
async function resolveJob(
  parts: RenderWorkerParts,
  job: DerivativeJob,
  signal: AbortSignal,
): Promise<RenderRequest | undefined> {
  const { userId, imageId, file, version, presets = [] } = job
  const isCurrent = (resolution: Resolution) => version === undefined || version === resolution.version
  // this process may have cached an older focal point or original than the job was enqueued with
  if (dependsOnFocalPoint(file) || version !== undefined) parts.directory.forget(userId, imageId)
  let resolution = await resolveName(parts, job, signal)
  if (!isCurrent(resolution)) {
    for (const id of resolution.image.overlays.keys()) parts.directory.forget(userId, id)
    resolution = await resolveName(parts, job, signal)
  }
  return isCurrent(resolution) ? { ...toRenderRequest(resolution), presets } : undefined
}

async function resolveName(
  { operations, resolve }: RenderWorkerParts,
  { userId, imageId, file }: DerivativeJob,
  signal: AbortSignal,
): Promise<Resolution> {
  const address = parseDerivative(`/${derivativeKey(userId, file)}`, operations)
  const resolution = await resolve(address, { terms: unrestrictedTerms, detectFaces: signal })
  const isOfJob = resolution.image.userId === userId && resolution.image.imageId === imageId
  if (!isOfJob || resolution.file !== file || resolution.format === 'json')
    throw new DarkroomError('bad-url', 'file: is not the canonical name of a derivative of the image')
  return resolution
}

/**
 * The row of a derivative that is stored, so that a job that is delivered twice renders once. An object of another length
 * than its row states was cut short, or is being replaced.
 */
async function findStored(
  { store, derivatives }: RenderWorkerParts,
  { key, image, file, version }: RenderRequest,
  signal: AbortSignal,
): Promise<Derivative | undefined> {
  const row = await derivatives.find(image.userId, image.imageId, file, version)
  return row !== undefined && (await store.size(key, signal)) === row.bytes ? row : undefined
}

import type { DevelopmentQuota } from '../access/development-quota.ts'
import { DarkroomError, type ErrorCode } from '../errors/catalogue.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { Operations } from '../operations/registry.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import { parseDerivative } from '../url/grammar.ts'
import type { WebhookEvents } from '../webhooks/webhook-events.ts'
import type { DerivativeJob } from './derivative-job.ts'
import { finishStandin } from './finish-standin.ts'
import { dependsOnFocalPoint } from './focal-point.ts'
import type { ImageDirectory } from './image-directory.ts'
import type { ReadyNotices } from './ready-notices.ts'
import { type RenderParts, type RenderRequest, renderDerivative, toRenderRequest } from './render.ts'
import { type Resolve, unrestrictedTerms } from './resolve.ts'
import { requiresRow, type Standins } from './standins.ts'

export interface RenderWorkerParts extends RenderParts {
  readonly operations: Operations
  readonly directory: ImageDirectory
  readonly resolve: Resolve
  readonly derivatives: DerivativeRepository
  readonly store: ObjectStore
  readonly readyNotices: ReadyNotices
  readonly standins: Standins
  readonly developmentQuota: Pick<DevelopmentQuota, 'takeInJob'>
  readonly events: Pick<WebhookEvents, 'tryPublish'>
}

/** Where derivatives are developed that no request develops itself. */
export interface RenderWorker {
  /**
   * Develops a derivative, keeps it in the store and on record, and announces it; one that is there already is only
   * announced.
   * @throws DarkroomError of the catalogue for a derivative that cannot be had, or not now
   */
  render(order: DerivativeJob, signal: AbortSignal): Promise<void>
  /** Makes a stand-in final. @throws DarkroomError as `finish` of `finishing.ts` does */
  finish(order: DerivativeJob, signal: AbortSignal): Promise<void>
  /** Announces that a derivative will not come, and tells its user. */
  reportFailure(order: DerivativeJob, failure: { readonly code: ErrorCode; readonly detail: string }): void
}

export function createRenderWorker(parts: RenderWorkerParts): RenderWorker {
  const { derivatives, store, cache, readyNotices, standins, events } = parts
  return {
    async render(order, signal) {
      const wanted = await resolveJob(parts, order, signal)
      const { key } = wanted
      if (await isKept(parts, wanted, signal)) return readyNotices.publish(key)
      await parts.developmentQuota.takeInJob(order.userId)
      const { derivative, row } = await renderDerivative(parts, wanted, signal)
      const { data, contentType } = derivative
      // a power cut may lose it, as it can be made again
      await store.put(key, data, { contentType, durable: false, signal })
      // who waits for it need not wait for the record, too
      if (!requiresRow(wanted)) readyNotices.publish(key)
      const [refused] = await derivatives.record([row])
      if (refused) {
        cache.evict([key])
        await store.delete([key], signal)
        throw new DarkroomError('unavailable', 'the image was changed while it was developed')
      }
      if (requiresRow(wanted)) readyNotices.publish(key)
      if (wanted.final) standins.enqueueFinish({ ...order, key })
    },
    async finish(order, signal) {
      await finishStandin(parts, await resolveJob(parts, order, signal), signal)
    },
    reportFailure({ userId, imageId, file }, { code, detail }) {
      const key = derivativeKey(userId, file)
      readyNotices.publish(key)
      const data = { imageId, file, path: `/${key}`, code, detail }
      void events.tryPublish(userId, { event: 'derivative.failed', data })
    },
  }
}

/** The render that a job asks for. @throws DarkroomError `bad-url` for a name that is not the canonical one of an image */
async function resolveJob(
  { operations, directory, resolve }: RenderWorkerParts,
  { userId, imageId, file, presets = [] }: DerivativeJob,
  signal: AbortSignal,
): Promise<RenderRequest> {
  const address = parseDerivative(`/${derivativeKey(userId, file)}`, operations)
  // this process may have cached an older focal point than the job was enqueued with
  if (dependsOnFocalPoint(file)) directory.forget(userId, imageId)
  const resolution = await resolve(address, { terms: unrestrictedTerms, detectFaces: signal })
  const isOfJob = resolution.image.userId === userId && resolution.image.imageId === imageId
  if (!isOfJob || resolution.file !== file || resolution.format === 'json')
    throw new DarkroomError('bad-url', 'file: is not the canonical name of a derivative of the image')
  return { ...toRenderRequest(resolution), presets }
}

/** Whether it lies in the store and is on record, so that a job that comes twice is done once. */
async function isKept(
  { store, derivatives }: RenderWorkerParts,
  { key, image, file }: RenderRequest,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await store.size(key, signal)) === undefined) return false
  return (await derivatives.find(image.userId, image.imageId, file)) !== undefined
}

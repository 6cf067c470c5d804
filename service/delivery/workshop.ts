import type { DevelopmentQuota } from '../access/development-quota.ts'
import { DarkroomError, type ErrorCode } from '../errors/catalogue.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { Operations } from '../operations/registry.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import { parseDerivative } from '../url/grammar.ts'
import { printFileName } from '../url/print.ts'
import type { Events } from '../webhooks/events.ts'
import type { Announcements } from './announcements.ts'
import type { DevelopOrder } from './develop-order.ts'
import { type DevelopingParts, developerOf, startingWith, type Wanted } from './developing.ts'
import type { ImageDirectory } from './directory.ts'
import { finish } from './finishing.ts'
import { isByFocal } from './focal.ts'
import { findPicture, planFor } from './picture.ts'
import { needsRecord, type Standins } from './standins.ts'

export interface WorkshopParts extends DevelopingParts {
  readonly operations: Operations
  readonly directory: ImageDirectory
  readonly derivatives: DerivativeRepository
  readonly store: ObjectStore
  readonly announcements: Announcements
  readonly standins: Standins
  readonly developmentQuota: Pick<DevelopmentQuota, 'takeInJob'>
  readonly events: Pick<Events, 'tell'>
}

/** Where derivatives are developed that no request develops itself. */
export interface Workshop {
  /**
   * Develops a derivative, keeps it in the store and on record, and announces it; one that is there already is only
   * announced.
   * @throws DarkroomError of the catalogue for a derivative that cannot be had, or not now
   */
  develop(order: DevelopOrder, signal: AbortSignal): Promise<void>
  /** Makes a stand-in final. @throws DarkroomError as `finish` of `finishing.ts` does */
  finish(order: DevelopOrder, signal: AbortSignal): Promise<void>
  /** Announces that a derivative will not come, and tells its user. */
  giveUp(order: DevelopOrder, failure: { readonly code: ErrorCode; readonly detail: string }): void
}

export function createWorkshop(parts: WorkshopParts): Workshop {
  const { derivatives, store, cache, announcements, standins, events } = parts
  return {
    async develop(order, signal) {
      const wanted = await open(parts, order, signal)
      const { key } = wanted
      if (await isKept(parts, wanted, signal)) return announcements.announce(key)
      await parts.developmentQuota.takeInJob(order.userId)
      const { derivative, row } = await developerOf(parts, wanted)(signal)
      const { data, contentType } = derivative
      // a power cut may lose it, as it can be made again
      await store.put(key, data, { contentType, durable: false, signal })
      // who waits for it need not wait for the record, too
      if (!needsRecord(wanted)) announcements.announce(key)
      const [refused] = await derivatives.record([row])
      if (refused) {
        cache.evict([key])
        await store.delete([key], signal)
        throw new DarkroomError('unavailable', 'the image was changed while it was developed')
      }
      if (needsRecord(wanted)) announcements.announce(key)
      if (wanted.final) standins.finish({ ...order, key })
    },
    async finish(order, signal) {
      await finish(parts, await open(parts, order, signal), signal)
    },
    giveUp({ userId, imageId, file }, { code, detail }) {
      const key = derivativeKey(userId, file)
      announcements.announce(key)
      const data = { imageId, file, path: `/${key}`, code, detail }
      void events.tell(userId, { event: 'derivative.failed', data })
    },
  }
}

/** @throws DarkroomError `bad-url` for a name that is not the canonical one of a picture */
async function open(parts: WorkshopParts, order: DevelopOrder, signal: AbortSignal): Promise<Wanted> {
  const { operations, directory, insights } = parts
  const { userId, imageId, file, presets } = order
  const key = derivativeKey(userId, file)
  const address = parseDerivative(`/${key}`, operations)
  const { format } = address
  if (format === 'auto' || format === 'json' || address.imageId !== imageId)
    throw new DarkroomError('bad-url', 'this is not the name of a picture')
  if (address.userId !== userId || printFileName(address, operations) !== file)
    throw new DarkroomError('bad-url', 'this is not the canonical name of a derivative')
  // what was known a second ago may be another focal point
  if (isByFocal(file)) directory.forget(userId, imageId)
  const found = await findPicture(directory, operations, address)
  const image = await insights.forSteps(address.steps, found, signal)
  const start = startingWith(planFor(operations, address, image, format))
  return { image, format, ...start, file, key, ...(presets ? { presets } : {}) }
}

/** Whether it lies in the store and is on record, so that a job that comes twice is done once. */
async function isKept(
  { store, derivatives }: WorkshopParts,
  { key, image, file }: Wanted,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await store.size(key, signal)) === undefined) return false
  return (await derivatives.find(image.userId, image.imageId, file)) !== undefined
}

import { termsOfUser } from '../access/authorizer.ts'
import type { DevelopmentQuota } from '../access/development-quota.ts'
import { type DerivativeJob, developJobName } from '../delivery/derivative-job.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { DueEagerOrder, EagerOrderRepository, NewEagerOrder } from '../metadata/eager-orders.ts'
import type { FailedJobRepository } from '../metadata/failed-jobs.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { PresetRepository } from '../metadata/presets.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type EagerPlanParts, type EagerRequest, planPresets, planTransforms } from './eager-plan.ts'
import { type EagerProgress, findEagerProgress, listEagerOrderStates } from './eager-progress.ts'

/** The most presets and transforms of one order, and the most eager presets that are rendered after an upload. */
export const maxEager = 50
/** The most unfinished ordered derivatives per user, because the jobs of other users wait behind them. */
const maxOpen = 1_000
/** When a client with too many open orders may retry, in milliseconds. */
const retryAfterMs = 60_000
/** When an order is first checked and, while its job has not ended, how often after that, in milliseconds. */
const firstDueMs = 60_000
const dueAgainMs = 300_000

export interface EagerDerivativesParts extends EagerPlanParts {
  readonly images: Pick<ImageRepository, 'find'>
  readonly presets: Pick<PresetRepository, 'find' | 'listEagerNames'>
  readonly eagerOrders: EagerOrderRepository
  readonly failedJobs: Pick<FailedJobRepository, 'findByKeys'>
  readonly developmentQuota: Pick<DevelopmentQuota, 'requireRemaining'>
  /** Enqueues the job of a derivative. @throws DarkroomError `overloaded`, or `unavailable` after at most a second */
  readonly dispatch: (job: DerivativeJob) => Promise<unknown>
  readonly logger: Logger
}

/** Orders derivatives ahead of their first request. */
export interface EagerDerivatives {
  /**
   * Orders the derivatives of the user's eager presets for a new image, unless it was deleted.
   * @throws DarkroomError `unavailable`
   */
  orderPresets(userId: string, imageId: string): Promise<void>
  /**
   * Orders the requested derivatives, or else those of the user's eager presets. A stored order is carried out even
   * when its job cannot be enqueued now.
   * @throws DarkroomError `not-found`, `bad-request` naming the item that could not be served, `forbidden`,
   *   `over-limit` or `too-many-requests`
   */
  order(userId: string, imageId: string, request: EagerRequest | undefined): Promise<EagerProgress>
  /** @throws DarkroomError `not-found` */
  progress(userId: string, imageId: string): Promise<EagerProgress>
  /** Enqueues the jobs of overdue orders again. @throws DarkroomError `unavailable` or `overloaded` */
  enqueueDue(signal: AbortSignal): Promise<void>
}

export function createEagerDerivatives(parts: EagerDerivativesParts): EagerDerivatives {
  const { eagerOrders } = parts
  return {
    async orderPresets(userId, imageId) {
      const orders = await planEagerPresets(parts, userId, imageId)
      if (orders.length > 0 && (await saveOrders(parts, userId, imageId, orders)))
        await enqueueOpen(parts, userId, imageId)
    },
    async order(userId, imageId, request) {
      await requireImage(parts, userId, imageId)
      await parts.developmentQuota.requireRemaining(userId, (await termsOfUser(parts.users, userId)).limits)
      const orders = request
        ? await planRequest(parts, userId, imageId, request)
        : await planEagerPresets(parts, userId, imageId)
      if (orders.length + (await eagerOrders.countOpen(userId)) > maxOpen) {
        const detail = `too many eager derivatives are pending: at most ${maxOpen} per user`
        throw new DarkroomError('too-many-requests', detail, { retryAfterMs })
      }
      if (!(await saveOrders(parts, userId, imageId, orders))) throw unknownImage()
      await enqueueOpen(parts, userId, imageId)
      return findEagerProgress(parts, userId, imageId)
    },
    async progress(userId, imageId) {
      await requireImage(parts, userId, imageId)
      return findEagerProgress(parts, userId, imageId)
    },
    enqueueDue: signal => enqueueDue(parts, signal),
  }
}

const unknownImage = () => new DarkroomError('not-found', 'there is no such image')

async function requireImage(
  { images }: EagerDerivativesParts,
  userId: string,
  imageId: string,
): Promise<void> {
  if ((await images.find(userId, imageId))?.state !== 'ready') throw unknownImage()
}

async function planEagerPresets(
  parts: EagerDerivativesParts,
  userId: string,
  imageId: string,
): Promise<NewEagerOrder[]> {
  return planPresets(parts, { userId, imageId }, await parts.presets.listEagerNames(userId, maxEager))
}

async function planRequest(
  parts: EagerDerivativesParts,
  userId: string,
  imageId: string,
  { presets, transforms }: EagerRequest,
): Promise<NewEagerOrder[]> {
  if (presets.length + transforms.length > maxEager) {
    throw new DarkroomError('bad-request', `presets, transforms: at most ${maxEager} together`)
  }
  for (const [index, name] of presets.entries()) {
    if (await parts.presets.find(userId, name)) continue
    throw new DarkroomError('not-found', `presets.${index}: there is no such preset`)
  }
  const target = { userId, imageId }
  // planned one after the other, so that a hostile request takes one database connection at most
  const named = await planPresets(parts, target, presets)
  return [...named, ...(await planTransforms(parts, target, transforms))]
}

/** Saves orders, one per derivative with all of its presets. False when the image was deleted meanwhile. */
function saveOrders(
  { eagerOrders }: EagerDerivativesParts,
  userId: string,
  imageId: string,
  orders: readonly NewEagerOrder[],
): Promise<boolean> {
  const byName = new Map<string, NewEagerOrder>()
  for (const order of orders) {
    const { presets = [], ...first } = byName.get(order.fileName) ?? {}
    byName.set(order.fileName, { ...order, ...first, presets: [...new Set([...presets, ...order.presets])] })
  }
  return eagerOrders.save(userId, imageId, [...byName.values()], firstDueMs)
}

/** Enqueues the jobs of open orders. A failure is only logged: `enqueueDue` tries again when the orders are due. */
async function enqueueOpen(parts: EagerDerivativesParts, userId: string, imageId: string): Promise<void> {
  const { dispatch, logger } = parts
  try {
    for (const { item, presets, isOpen } of await listEagerOrderStates(parts, userId, imageId))
      if (isOpen) await dispatch({ userId, imageId, file: item.file, presets })
  } catch (error) {
    logger.warn({ imageId, reason: messageOf(error) }, 'failed to enqueue eager derivatives')
  }
}

async function enqueueDue(
  { eagerOrders, failedJobs, dispatch }: EagerDerivativesParts,
  signal: AbortSignal,
): Promise<void> {
  const due = await eagerOrders.listDue()
  const keyOf = ({ userId, fileName }: DueEagerOrder) => derivativeKey(userId, fileName)
  const failures = await failedJobs.findByKeys(developJobName, due.map(keyOf))
  const isSettled = (order: DueEagerOrder) => order.ready || failures.has(keyOf(order))
  await eagerOrders.postpone(due.filter(isSettled), null)
  const enqueued: DueEagerOrder[] = []
  try {
    for (const order of due.filter(order => !isSettled(order))) {
      if (signal.aborted) break
      const { userId, imageId, fileName: file, presets } = order
      await dispatch({ userId, imageId, file, presets })
      enqueued.push(order)
    }
  } finally {
    await eagerOrders.postpone(enqueued, dueAgainMs)
  }
}

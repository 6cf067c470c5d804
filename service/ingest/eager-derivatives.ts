import { termsOfUser } from '../access/authorizer.ts'
import type { DevelopmentQuota } from '../access/development-quota.ts'
import { type DerivativeJob, developJobName } from '../delivery/derivative-job.ts'
import { DarkroomError, type ErrorCode, messageOf } from '../errors/catalogue.ts'
import type {
  DueEagerOrder,
  EagerOrder,
  EagerOrderRepository,
  NewEagerOrder,
} from '../metadata/eager-orders.ts'
import type { FailedJobRepository } from '../metadata/failed-jobs.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { PresetRepository } from '../metadata/presets.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type EagerPlanParts, type EagerRequest, planPresets, planTransforms } from './eager-plan.ts'

/** How many presets and transforms one order may name; of eager presets, how many are developed at an upload. */
export const maxEager = 50
/** How many derivatives of a user may be ordered and not be known to be done: others' work waits behind them. */
const maxOpen = 1_000
/** When to come back after too many, in milliseconds. */
const retryAfterMs = 60_000
/** When an order is first looked after, and how often then, in milliseconds. */
const firstDueMs = 60_000
const dueAgainMs = 300_000

export interface EagerDerivativesParts extends EagerPlanParts {
  readonly images: Pick<ImageRepository, 'find'>
  readonly presets: Pick<PresetRepository, 'find' | 'listEagerNames'>
  readonly eagerOrders: EagerOrderRepository
  readonly failedJobs: Pick<FailedJobRepository, 'findByKeys'>
  readonly developmentQuota: Pick<DevelopmentQuota, 'requireRemaining'>
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly dispatch: (order: DerivativeJob) => Promise<unknown>
  readonly logger: Logger
}

/** A derivative that was ordered. */
export interface EagerItem {
  /** The canonical name. */
  readonly file: string
  /** Where it is served, without a signature. */
  readonly path: string
  readonly preset?: string
  readonly format: string
  readonly state: 'pending' | 'ready' | 'failed'
  readonly code?: ErrorCode
  readonly detail?: string
}

/** What became of what was ordered of an image. */
export interface EagerProgress {
  readonly imageId: string
  readonly total: number
  readonly ready: number
  readonly pending: number
  readonly failed: number
  readonly items: EagerItem[]
}

/** Has derivatives developed ahead of the first request. */
export interface EagerDerivatives {
  /** Orders what the user's eager presets make of a fresh image, if it is still there. @throws DarkroomError `unavailable` */
  orderPresets(userId: string, imageId: string): Promise<void>
  /**
   * Orders what is asked for, or else the user's eager presets. An order that is kept is carried out, even if nobody
   * takes jobs now.
   * @throws DarkroomError `not-found`, `bad-request` naming what could not be served, `forbidden`, `over-limit`
   *   or `too-many-requests`
   */
  order(userId: string, imageId: string, request: EagerRequest | undefined): Promise<EagerProgress>
  /** @throws DarkroomError `not-found` */
  progress(userId: string, imageId: string): Promise<EagerProgress>
  /** Hands out again what ought to be done by now. @throws DarkroomError `unavailable` or `overloaded` */
  enqueueDue(signal: AbortSignal): Promise<void>
}

export function createEagerDerivatives(parts: EagerDerivativesParts): EagerDerivatives {
  const { eagerOrders, presets } = parts
  const planEager = async (userId: string, imageId: string) =>
    planPresets(parts, { userId, imageId }, await presets.listEagerNames(userId, maxEager))
  return {
    async orderPresets(userId, imageId) {
      const orders = await planEager(userId, imageId)
      if (orders.length > 0 && (await keep(parts, userId, imageId, orders)))
        await handOut(parts, userId, imageId)
    },
    async order(userId, imageId, request) {
      await requireImage(parts, userId, imageId)
      await parts.developmentQuota.requireRemaining(userId, (await termsOfUser(parts.users, userId)).limits)
      const orders = request
        ? await planRequest(parts, userId, imageId, request)
        : await planEager(userId, imageId)
      if (orders.length + (await eagerOrders.countOpen(userId)) > maxOpen) {
        const detail = `too much is ordered and not done yet: at most ${maxOpen} derivatives of a user`
        throw new DarkroomError('too-many-requests', detail, { retryAfterMs })
      }
      if (!(await keep(parts, userId, imageId, orders))) throw unknownImage()
      await handOut(parts, userId, imageId)
      return progressOf(parts, userId, imageId)
    },
    async progress(userId, imageId) {
      await requireImage(parts, userId, imageId)
      return progressOf(parts, userId, imageId)
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
    throw new DarkroomError('bad-request', `presets.${index}: there is no such preset`)
  }
  const target = { userId, imageId }
  // one after the other: so a hostile order holds one connection of the database
  const named = await planPresets(parts, target, presets)
  return [...named, ...(await planTransforms(parts, target, transforms))]
}

/** Several presets may lead to one derivative. False when the image is not there any more. */
function keep(
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

/** What cannot be handed out now is found again when it is due. */
async function handOut(parts: EagerDerivativesParts, userId: string, imageId: string): Promise<void> {
  const { dispatch, logger } = parts
  try {
    for (const { item, presets, isOpen } of await stateOf(parts, userId, imageId))
      if (isOpen) await dispatch({ userId, imageId, file: item.file, presets })
  } catch (error) {
    logger.warn({ imageId, reason: messageOf(error) }, 'ordered derivatives could not be handed out')
  }
}

async function progressOf(
  parts: EagerDerivativesParts,
  userId: string,
  imageId: string,
): Promise<EagerProgress> {
  const items = (await stateOf(parts, userId, imageId)).map(({ item }) => item)
  const count = (state: EagerItem['state']) => items.filter(item => item.state === state).length
  const counts = { ready: count('ready'), pending: count('pending'), failed: count('failed') }
  return { imageId, total: items.length, ...counts, items }
}

interface State {
  readonly item: EagerItem
  readonly presets: string[]
  /** Whether a job may still make it. */
  readonly isOpen: boolean
}

/** What became of the orders of an image. What was made and has been purged since is no order any more. */
async function stateOf(
  { eagerOrders, failedJobs }: EagerDerivativesParts,
  userId: string,
  imageId: string,
): Promise<State[]> {
  const orders = await eagerOrders.list(userId, imageId)
  const keyOf = ({ fileName }: EagerOrder) => derivativeKey(userId, fileName)
  const failures = await failedJobs.findByKeys(
    developJobName,
    orders.filter(({ ready }) => !ready).map(keyOf),
  )
  return orders.flatMap(order => {
    const { fileName: file, preset, format, ready, isOpen, failure } = order
    const job = failures.get(keyOf(order))
    const shown = { file, path: `/${keyOf(order)}`, ...(preset === null ? {} : { preset }), format }
    const presets = [...order.presets]
    if (ready) return { item: { ...shown, state: 'ready' }, presets, isOpen: false }
    const reason = failure ?? job
    if (reason === undefined)
      return isOpen ? { item: { ...shown, state: 'pending' }, presets, isOpen: true } : []
    const { code, detail } = reason
    // what failed is tried again as a request would try it: when its failure does not answer any more
    const isRetried = job !== undefined && isOpen && job.answersUntil.getTime() < Date.now()
    return { item: { ...shown, state: 'failed', code, detail }, presets, isOpen: isRetried }
  })
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
  const handedOut: DueEagerOrder[] = []
  try {
    for (const order of due.filter(order => !isSettled(order))) {
      if (signal.aborted) break
      const { userId, imageId, fileName: file, presets } = order
      await dispatch({ userId, imageId, file, presets })
      handedOut.push(order)
    }
  } finally {
    await eagerOrders.postpone(handedOut, dueAgainMs)
  }
}

import { developJobName } from '../delivery/derivative-job.ts'
import type { ErrorCode } from '../errors/catalogue.ts'
import type { EagerOrder, EagerOrderRepository } from '../metadata/eager-orders.ts'
import type { FailedJobRepository } from '../metadata/failed-jobs.ts'
import { derivativeKey } from '../storage/keys.ts'

/** An ordered derivative, as the API returns it. */
export interface EagerItem {
  /** The canonical file name. */
  readonly file: string
  /** The path of its URL, without a signature. */
  readonly path: string
  readonly preset?: string
  readonly format: string
  readonly state: 'pending' | 'ready' | 'failed'
  readonly code?: ErrorCode
  readonly detail?: string
}

/** The progress of all orders of an image. */
export interface EagerProgress {
  readonly imageId: string
  readonly total: number
  readonly ready: number
  readonly pending: number
  readonly failed: number
  readonly items: EagerItem[]
}

/** An order with its state. */
export interface EagerOrderState {
  readonly item: EagerItem
  /** The presets that the derivative was ordered for. */
  readonly presets: string[]
  /** Whether its job is still to run, or to run again. */
  readonly isOpen: boolean
}

export interface EagerProgressParts {
  readonly eagerOrders: Pick<EagerOrderRepository, 'list'>
  readonly failedJobs: Pick<FailedJobRepository, 'findByKeys'>
}

/** Counts the orders of an image by their state. */
export async function findEagerProgress(
  parts: EagerProgressParts,
  userId: string,
  imageId: string,
): Promise<EagerProgress> {
  const items = (await listEagerOrderStates(parts, userId, imageId)).map(({ item }) => item)
  const count = (state: EagerItem['state']) => items.filter(item => item.state === state).length
  const counts = { ready: count('ready'), pending: count('pending'), failed: count('failed') }
  return { imageId, total: items.length, ...counts, items }
}

/** The orders of an image with their states, without those whose derivative was made and has been purged since. */
export async function listEagerOrderStates(
  { eagerOrders, failedJobs }: EagerProgressParts,
  userId: string,
  imageId: string,
): Promise<EagerOrderState[]> {
  const orders = await eagerOrders.list(userId, imageId)
  const keyOf = ({ fileName }: EagerOrder) => derivativeKey(userId, fileName)
  const failures = await failedJobs.findByKeys(
    developJobName,
    orders.filter(({ ready }) => !ready).map(keyOf),
  )
  return orders.flatMap(order => {
    const { fileName: file, preset, format, ready, isOpen, failure } = order
    const failedJob = failures.get(keyOf(order))
    const item = { file, path: `/${keyOf(order)}`, ...(preset === null ? {} : { preset }), format }
    const presets = [...order.presets]
    if (ready) return { item: { ...item, state: 'ready' }, presets, isOpen: false }
    const reason = failure ?? failedJob
    if (reason === undefined)
      return isOpen ? { item: { ...item, state: 'pending' }, presets, isOpen: true } : []
    const { code, detail } = reason
    // as for a request, a failed job is retried only after its stored failure is no longer reported
    const isRetried = failedJob !== undefined && isOpen && failedJob.answersUntil.getTime() < Date.now()
    return { item: { ...item, state: 'failed', code, detail }, presets, isOpen: isRetried }
  })
}

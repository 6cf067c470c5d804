import { setTimeout } from 'node:timers/promises'
import { withTimeLimit } from '../../concurrency/time-limit.ts'
import { yieldToRequests } from '../../delivery/yield-to-requests.ts'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import type { TaskEndRepository } from '../../metadata/task-ends.ts'
import type { HeldTask, TaskFailure, TaskRepository } from '../../metadata/tasks.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { type AttemptFailure, outageDelayMs, retryDelayMs, toAttemptFailure } from '../attempt-failure.ts'
import { holdLease } from './lease.ts'
import type { TaskTypes } from './registry.ts'
import type { RunTaskPage, TaskParts, TaskType } from './task.ts'

export interface SliceParts {
  readonly rows: TaskRepository
  readonly ends: TaskEndRepository
  readonly types: TaskTypes
  readonly taskParts: TaskParts
  /** Its load says whether requests are being served. */
  readonly engine: Parameters<typeof yieldToRequests>[0]
  readonly metrics: Pick<Metrics, 'jobEnded'>
  readonly logger: Logger
  /** How long the task belongs to this process after each renewal, in milliseconds. */
  readonly leaseMs: number
}

/** How long one task runs before others get their turn, in milliseconds. */
const sliceMs = 2_000
/** How long a page may take, in milliseconds: far longer than it should. */
const pageMs = 300_000
/** How long a page waits for requests that are being rendered, in milliseconds. */
const yieldMs = 250
/** The pause before the database is asked again when it does not answer, in milliseconds. */
const databaseRetryMs = 2_000

export interface SliceSignals {
  /** Ends the slice after the current page. */
  readonly stopping: AbortSignal
  /** Ends the slice at once. */
  readonly aborting: AbortSignal
}

/** One turn of a task. */
interface Slice extends SliceParts {
  readonly task: HeldTask
  readonly type: TaskType
  readonly signals: SliceSignals
}

/**
 * Runs pages of a task for about two seconds, and saves the position after each. Then the task is returned, so that others
 * get their turn. Never throws.
 */
export async function runSlice(parts: SliceParts, task: HeldTask, signals: SliceSignals): Promise<void> {
  const type = parts.types.get(task.kind)
  if (type === undefined) return
  const slice = { ...parts, task, type, signals }
  const known = type.read(task.payload)
  if (known === undefined) return giveUp(slice, unknownPayload)
  // a process that died during a page could not count the attempt
  if (task.attempts >= type.maxAttempts) return giveUp(slice, diedTooOften)
  const lease = holdLease(parts.rows, task, parts.leaseMs)
  try {
    await runPages(slice, known.runPage)
  } catch (error) {
    // without the lease the task may belong to another process; if not, an outage has ended the lease, which is no attempt
    if (lease.isLost) await untilAnswered(slice, () => parts.rows.release(task)).catch(() => {})
    else await recordFailure(slice, error)
  } finally {
    lease.release()
  }
}

async function runPages(slice: Slice, runPage: RunTaskPage): Promise<void> {
  const { rows, ends, task, type, taskParts, engine, metrics, signals } = slice
  const started = performance.now()
  let { position } = task
  do {
    await yieldToRequests(engine, yieldMs, signals.aborting)
    const page = await withTimeLimit(pageMs, signals.aborting, limited =>
      runPage(position, taskParts, limited),
    )
    if (page.next === undefined) {
      const { everyMs } = type
      const { done, total, failure } = page
      const isEnded = await untilAnswered(slice, () =>
        everyMs
          ? ends.repeat(task, everyMs, { isComplete: true, failure })
          : ends.end(task, { isComplete: true, done, total }, failure),
      )
      // not when it was cancelled
      if (isEnded) metrics.jobEnded(task.kind, failure ? 'failed' : 'done')
      return
    }
    if (!(await untilAnswered(slice, () => rows.advance(task, page)))) return
    if (page.delayMs !== undefined)
      return void (await untilAnswered(slice, () => rows.release(task, page.delayMs)))
    position = page.next
    Object.assign(task, { attempts: 0, waits: 0 })
  } while (performance.now() - started < sliceMs && !signals.stopping.aborted)
  await untilAnswered(slice, () => rows.release(task))
}

const unknownPayload = {
  code: 'internal',
  detail: 'payload: is unknown to this version of Darkroom',
} as const
const diedTooOften = {
  code: 'internal',
  detail: 'each process that ran the task ended before the task did',
} as const

/** Ends the task, or if it repeats, ends this run of it. */
async function giveUp(slice: Slice, failure: TaskFailure): Promise<void> {
  const { ends, task, type, metrics } = slice
  const { everyMs } = type
  const isEnded = await untilAnswered(slice, () =>
    everyMs
      ? ends.repeat(task, everyMs, { isComplete: false, failure })
      : ends.end(task, { isComplete: false }, failure),
  ).catch(() => true)
  // not when it was cancelled
  if (isEnded) metrics.jobEnded(task.kind, 'failed')
}

/** Decides when the page is tried again. An interruption by a stop of the process does not count. */
async function recordFailure(slice: Slice, error: unknown): Promise<void> {
  const { rows, task, type, signals, metrics, logger } = slice
  if (signals.aborting.aborted) return void (await rows.release(task).catch(() => {}))
  const failure = toAttemptFailure(error)
  const isPaused = failure.isOutage || failure.code === 'overloaded'
  const attempts = isPaused ? task.attempts : task.attempts + 1
  const waits = isPaused ? task.waits + 1 : 0
  const facts = { task: task.kind, id: task.id, attempt: attempts }
  const saysAll = error instanceof DarkroomError && error.cause === undefined
  logger.warn({ ...facts, ...(!saysAll && { err: error }) }, `task failed: ${messageOf(error)}`)
  const isFinal = Number.isFinite(type.maxAttempts) && (failure.permanent || attempts >= type.maxAttempts)
  if (!isPaused && isFinal) return giveUp(slice, failure)
  const delayMs = delayOf(failure, isPaused ? waits : attempts, isPaused)
  await untilAnswered(slice, () => rows.postpone(task, failure, { attempts, waits, delayMs })).catch(() => {})
  metrics.jobEnded(task.kind, isPaused ? 'waiting' : 'again')
}

function delayOf(failure: AttemptFailure, count: number, isPaused: boolean): number {
  return isPaused ? outageDelayMs(count, failure) : retryDelayMs(count, failure)
}

/**
 * Repeats a query until the database answers. Rejects when the process stops: the task is free after its lease.
 * @throws the error of the database
 */
async function untilAnswered<T>({ signals }: Slice, query: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await query()
    } catch (error) {
      if (!(error instanceof DarkroomError) || error.code !== 'unavailable' || signals.stopping.aborted)
        throw error
      await setTimeout(databaseRetryMs, undefined, { signal: signals.stopping }).catch(() => {})
    }
  }
}

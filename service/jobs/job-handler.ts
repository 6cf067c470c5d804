import { setTimeout } from 'node:timers/promises'
import { withTimeLimit } from '../concurrency/time-limit.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { FailedJobRepository, NewFailedJob } from '../metadata/failed-jobs.ts'
import type { UnfinishedJobRepository } from '../metadata/unfinished-jobs.ts'
import type { Job, JobDelivery, JobOutcome } from '../queue/queue.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { tracedEntry } from '../telemetry/tracing.ts'
import {
  type AttemptFailure,
  attemptsFor,
  failureTtlMs,
  outageDelayMs,
  retryDelayMs,
  toAttemptFailure,
} from './attempt-failure.ts'
import type { JobParts, JobTask, JobType } from './job.ts'
import { attemptSpan, recordWait } from './job-trace.ts'

export interface JobHandlerParts {
  readonly failedJobs: Pick<FailedJobRepository, 'record' | 'clear'>
  readonly unfinishedJobs: Pick<UnfinishedJobRepository, 'recordWait' | 'countWaits'>
  readonly jobParts: JobParts
  readonly metrics: Metrics
  readonly logger: Logger
}

/** The pause before the database is asked again when it does not answer, in milliseconds. */
const databaseRetryMs = 5_000
const handedBack: JobOutcome = { kind: 'retry', delayMs: 0 }

/**
 * Creates the handler for a kind of job, which makes one attempt per delivery. A job with an unknown payload is parked.
 * A job that fails permanently or too often is recorded with its reason, unless it is optional, and leaves the queue only
 * after that. Attempts do not count if a dependency is unavailable or this process stops: the job is recorded as waiting and is tried again.
 */
export function createJobHandler(
  type: JobType,
  parts: JobHandlerParts,
): (delivery: JobDelivery, signal: AbortSignal) => Promise<JobOutcome> {
  return (delivery, signal) =>
    tracedEntry(
      () => attemptSpan(delivery),
      () => attemptJob(type, parts, delivery, signal),
    )
}

async function attemptJob(
  type: JobType,
  parts: JobHandlerParts,
  delivery: JobDelivery,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { metrics, logger } = parts
  const { job } = delivery
  const task = job.version === type.version ? type.createTask(job.payload) : undefined
  if (task === undefined) return park(parts, delivery, signal)
  if (delivery.attempt === 1) await recordWait(metrics, delivery)
  const attempt = await countAttempts(parts, delivery, signal)
  if (attempt === undefined) return handedBack
  // a process that died during an attempt could not count it
  if (attempt > type.maxAttempts)
    return giveUp(parts, delivery, { type, task, failure: diedTooOften, signal })
  const startedAt = performance.now()
  try {
    await withTimeLimit(type.timeoutMs, signal, limited => runWhenAdmitted(task, parts.jobParts, limited))
    await parts.failedJobs.clear(job.name, job.key).catch(() => {})
    metrics.jobEnded(job.name, 'done')
    return { kind: 'done' }
  } catch (error) {
    if (signal.aborted) return handBack(parts, delivery, task)
    const failure = toAttemptFailure(error)
    const facts = { job: job.name, key: job.key, attempt }
    logger.warn({ ...facts, ...stackOf(error, failure) }, `job failed: ${messageOf(error)}`)
    if (failure.isOutage) return awaitDependency(parts, delivery, { task, failure, signal })
    if (attempt >= attemptsFor(failure, type)) return giveUp(parts, delivery, { type, task, failure, signal })
    metrics.jobEnded(job.name, 'again')
    return { kind: 'retry', delayMs: retryDelayMs(attempt, failure) }
  } finally {
    metrics.timer('darkroom_job_seconds', job.name).record(performance.now() - startedAt)
  }
}

/**
 * The error with its stack for the log. Omitted when the message is enough: for permanent failures, and for errors of
 * the catalogue without a cause.
 */
function stackOf(error: unknown, { permanent }: AttemptFailure): { err?: unknown } {
  const saysAll = permanent || (error instanceof DarkroomError && error.cause === undefined)
  return saysAll ? {} : { err: error }
}

const diedTooOften: AttemptFailure = {
  code: 'internal',
  detail: 'each process that ran the job ended before the job did',
  permanent: false,
  isOutage: false,
  retryAfterMs: 0,
}

/**
 * Attempts including this one, except those that ended during an outage of a dependency or when their process stopped;
 * undefined when aborted.
 */
async function countAttempts(
  parts: JobHandlerParts,
  { job, attempt }: JobDelivery,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (attempt === 1) return 1
  const query = () => parts.unfinishedJobs.countWaits(job.name, job.key)
  // after any other error no waits are subtracted, so that the job can still be given up
  const waits = await untilAnswered(parts, job, query, signal).catch(() => ({ answer: 0 }))
  return waits && Math.max(1, attempt - waits.answer)
}

/** Retries a task that is rejected as `overloaded`, which is not a failure, until its time limit aborts it. */
async function runWhenAdmitted(task: JobTask, parts: JobParts, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await task.run(parts, signal)
    } catch (error) {
      if (!(error instanceof DarkroomError) || error.code !== 'overloaded') throw error
      await setTimeout(error.retryAfterMs ?? 1_000, undefined, { signal })
    }
  }
}

/** A failed attempt at a task. */
interface Ending {
  readonly task: JobTask
  readonly failure: AttemptFailure
  readonly signal: AbortSignal
}

async function giveUp(
  parts: JobHandlerParts,
  delivery: JobDelivery,
  { type, task, failure, signal }: Ending & { readonly type: JobType },
): Promise<JobOutcome> {
  const { code, detail } = failure
  if (type.isOptional) {
    const { name, key } = delivery.job
    await parts.failedJobs.clear(name, key).catch(() => {})
    parts.metrics.jobEnded(name, 'abandoned')
    return { kind: 'done' }
  }
  const answersMs = failureTtlMs(failure)
  const end = { state: 'failed', ...subjectOf(task), code, detail, answersMs } as const
  const outcome = await record(parts, delivery, end, signal)
  if (outcome.kind === 'done') task.onFailure(parts.jobParts, failure)
  return outcome
}

/**
 * Records that the job waits and returns it to the queue, so that no other job waits behind it. If the database itself
 * is unavailable, this process keeps the job until the database answers.
 */
async function awaitDependency(
  parts: JobHandlerParts,
  { job, attempt }: JobDelivery,
  { task, failure, signal }: Ending,
): Promise<JobOutcome> {
  const { code, detail } = failure
  const waiting = { ...job, ...subjectOf(task), attempts: attempt, code, detail }
  const recorded = await untilAnswered(parts, job, () => parts.unfinishedJobs.recordWait(waiting), signal)
  if (recorded === undefined) return handedBack
  parts.metrics.jobEnded(job.name, 'waiting')
  return { kind: 'retry', delayMs: outageDelayMs(recorded.answer, failure) }
}

/**
 * Returns the job of an interrupted attempt to the queue. It is recorded as waiting, so that the attempt does not count; if
 * the database does not answer now, it does.
 */
async function handBack(
  { unfinishedJobs }: JobHandlerParts,
  { job, attempt }: JobDelivery,
  task: JobTask,
): Promise<JobOutcome> {
  const why = { code: 'unavailable', detail: 'the process that ran the job was stopped' } as const
  await unfinishedJobs.recordWait({ ...job, ...subjectOf(task), attempts: attempt, ...why }).catch(() => {})
  return handedBack
}

function subjectOf({ subject }: JobTask) {
  const { userId, imageId = null } = subject
  return { userId, imageId }
}

/** The job may come from a newer version of Darkroom, or from a faulty one. It is kept for a version that knows it. */
function park(parts: JobHandlerParts, delivery: JobDelivery, signal: AbortSignal): Promise<JobOutcome> {
  const detail = `payload: version ${delivery.job.version} is unknown to this version of Darkroom`
  const end = {
    state: 'parked',
    userId: null,
    imageId: null,
    code: 'internal',
    detail,
    answersMs: 0,
  } as const
  return record(parts, delivery, end, signal)
}

/**
 * Records the end of a job, then reports it as done. While the database does not answer, this process keeps the job;
 * when the signal aborts, the job returns to the queue.
 */
async function record(
  parts: JobHandlerParts,
  { job, attempt }: JobDelivery,
  end: Omit<NewFailedJob, 'name' | 'key' | 'version' | 'payload' | 'attempts'>,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { failedJobs, metrics, logger } = parts
  try {
    const write = () => failedJobs.record({ ...job, ...end, attempts: attempt })
    if ((await untilAnswered(parts, job, write, signal)) === undefined) return handedBack
    metrics.jobEnded(job.name, end.state)
  } catch (error) {
    // a row that the database rejects would be rejected again
    logger.error({ job: job.name, key: job.key, err: error }, 'failed to record the end of a job')
  }
  return { kind: 'done' }
}

/** Repeats a query until the database answers; undefined when the signal aborts before. @throws any other error */
async function untilAnswered<T>(
  { logger }: JobHandlerParts,
  { name, key }: Job,
  query: () => Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly answer: T } | undefined> {
  for (;;) {
    try {
      return { answer: await query() }
    } catch (error) {
      if (!(error instanceof DarkroomError) || error.code !== 'unavailable') throw error
      logger.warn({ job: name, key, reason: messageOf(error) }, 'failed to record the state of a job')
      await setTimeout(databaseRetryMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return undefined
    }
  }
}

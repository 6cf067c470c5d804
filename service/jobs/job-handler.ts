import { setTimeout } from 'node:timers/promises'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { FailedJobRepository, NewFailedJob } from '../metadata/failed-jobs.ts'
import type { JobDelivery, JobOutcome } from '../queue/queue.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type AttemptFailure, failureTtlMs, retryDelayMs, toAttemptFailure } from './attempt-failure.ts'
import type { JobParts, JobTask, JobType } from './job.ts'

export interface JobHandlerParts {
  readonly failedJobs: Pick<FailedJobRepository, 'record' | 'clear'>
  readonly jobParts: JobParts
  readonly metrics: Metrics
  readonly logger: Logger
}

/** How long to wait for a database that does not answer, in milliseconds. */
const recordAgainMs = 5_000

/**
 * One attempt at a job. What is not understood is parked; what fails for good, or too often, is recorded with its
 * reason, and only then done with.
 */
export function createJobHandler(
  type: JobType,
  parts: JobHandlerParts,
): (delivery: JobDelivery, signal: AbortSignal) => Promise<JobOutcome> {
  const { metrics, logger } = parts
  return async (delivery, signal) => {
    const { job, attempt } = delivery
    const task = job.version === type.version ? type.createTask(job.payload) : undefined
    if (task === undefined) return park(parts, delivery, signal)
    // a process that died with the job could not say so
    if (attempt > type.maxAttempts) return giveUp(parts, delivery, { task, failure: diedTooOften, signal })
    try {
      await withinLimit(type.timeoutMs, signal, limited => patiently(task, parts.jobParts, limited))
      await parts.failedJobs.clear(job.name, job.key).catch(() => {})
      metrics.jobEnded(job.name, 'done')
      return { kind: 'done' }
    } catch (error) {
      if (signal.aborted) return { kind: 'retry', delayMs: 0 }
      const failure = toAttemptFailure(error)
      const about = { job: job.name, key: job.key, attempt, err: error }
      logger.warn(about, `a job failed: ${messageOf(error)}`)
      if (failure.permanent || attempt >= type.maxAttempts)
        return giveUp(parts, delivery, { task, failure, signal })
      metrics.jobEnded(job.name, 'again')
      return { kind: 'retry', delayMs: retryDelayMs(attempt, failure) }
    }
  }
}

const diedTooOften: AttemptFailure = {
  code: 'internal',
  detail: 'the processes that did it ended before it was done',
  permanent: false,
  retryAfterMs: 0,
}

/** Work that found everything taken has not failed: it asks again, as long as its time lasts. */
async function patiently(task: JobTask, parts: JobParts, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await task.run(parts, signal)
    } catch (error) {
      if (!(error instanceof DarkroomError) || error.code !== 'overloaded') throw error
      await setTimeout(error.retryAfterMs ?? 1_000, undefined, { signal })
    }
  }
}

/** Runs the work until its time is over; then it is told, and not waited for. @throws DarkroomError `deadline` */
async function withinLimit(
  limitMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const late = new AbortController()
  const over = new DarkroomError('deadline', `it took longer than ${Math.round(limitMs / 1000)} s`)
  const timer = globalThis.setTimeout(() => late.abort(over), limitMs)
  const limited = AbortSignal.any([signal, late.signal])
  const ended = new Promise<never>((_, reject) => {
    limited.addEventListener('abort', () => reject(limited.reason), { once: true })
  })
  try {
    await Promise.race([work(limited), ended])
  } finally {
    clearTimeout(timer)
  }
}

async function giveUp(
  parts: JobHandlerParts,
  delivery: JobDelivery,
  { task, failure, signal }: { task: JobTask; failure: AttemptFailure; signal: AbortSignal },
): Promise<JobOutcome> {
  const { userId, imageId = null } = task.subject
  const { code, detail } = failure
  const answersMs = failureTtlMs(failure)
  const end = { state: 'failed', userId, imageId, code, detail, answersMs } as const
  const outcome = await record(parts, delivery, end, signal)
  if (outcome.kind === 'done') task.onFailure(parts.jobParts, failure)
  return outcome
}

/** A newer process may have sent it, or a faulty one: it is kept for whoever understands it. */
function park(parts: JobHandlerParts, delivery: JobDelivery, signal: AbortSignal): Promise<JobOutcome> {
  const detail = `a payload of version ${delivery.job.version} that this version of Darkroom does not understand`
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

/** A job is done with only when its end is on record: until then it is held, or given back. */
async function record(
  { failedJobs, metrics, logger }: JobHandlerParts,
  { job, attempt }: JobDelivery,
  end: Omit<NewFailedJob, 'name' | 'key' | 'version' | 'payload' | 'attempts'>,
  signal: AbortSignal,
): Promise<JobOutcome> {
  for (;;) {
    try {
      await failedJobs.record({ ...job, ...end, attempts: attempt })
      metrics.jobEnded(job.name, end.state)
      return { kind: 'done' }
    } catch (error) {
      logger.error({ job: job.name, key: job.key, err: error }, 'the end of a job could not be recorded')
      // what the database cannot hold today it will not hold tomorrow
      if (!(error instanceof DarkroomError) || error.code !== 'unavailable') return { kind: 'done' }
      await setTimeout(recordAgainMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return { kind: 'retry', delayMs: 0 }
    }
  }
}

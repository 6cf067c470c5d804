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

/** The pause before a failure is recorded again when the database does not answer, in milliseconds. */
const recordRetryMs = 5_000

/**
 * Creates the handler for a kind of job, which makes one attempt per delivery. A job with an unknown payload is parked.
 * A job that fails permanently or too often is recorded with its reason, and is done only then.
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
    // a process that died during an attempt could not count it
    if (attempt > type.maxAttempts) return giveUp(parts, delivery, { task, failure: diedTooOften, signal })
    try {
      await withTimeLimit(type.timeoutMs, signal, limited => runWhenAdmitted(task, parts.jobParts, limited))
      await parts.failedJobs.clear(job.name, job.key).catch(() => {})
      metrics.jobEnded(job.name, 'done')
      return { kind: 'done' }
    } catch (error) {
      if (signal.aborted) return { kind: 'retry', delayMs: 0 }
      const failure = toAttemptFailure(error)
      logger.warn({ job: job.name, key: job.key, attempt, err: error }, `job failed: ${messageOf(error)}`)
      if (failure.permanent || attempt >= type.maxAttempts)
        return giveUp(parts, delivery, { task, failure, signal })
      metrics.jobEnded(job.name, 'again')
      return { kind: 'retry', delayMs: retryDelayMs(attempt, failure) }
    }
  }
}

const diedTooOften: AttemptFailure = {
  code: 'internal',
  detail: 'each process that ran the job ended before the job did',
  permanent: false,
  retryAfterMs: 0,
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

/** Aborts the work after the time limit and does not wait for it any longer. @throws DarkroomError `deadline` */
async function withTimeLimit(
  limitMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController()
  const timeout = new DarkroomError('deadline', `the job took longer than ${Math.round(limitMs / 1000)} s`)
  const timer = globalThis.setTimeout(() => controller.abort(timeout), limitMs)
  const limited = AbortSignal.any([signal, controller.signal])
  const aborted = new Promise<never>((_, reject) => {
    limited.addEventListener('abort', () => reject(limited.reason), { once: true })
  })
  try {
    await Promise.race([work(limited), aborted])
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

/** Records the end of a job, which is done only then. Until then this process keeps it, or returns it to the queue. */
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
      logger.error({ job: job.name, key: job.key, err: error }, 'failed to record the end of a job')
      // a row that the database rejects would be rejected again
      if (!(error instanceof DarkroomError) || error.code !== 'unavailable') return { kind: 'done' }
      await setTimeout(recordRetryMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return { kind: 'retry', delayMs: 0 }
    }
  }
}

import { setTimeout } from 'node:timers/promises'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { FailedJobs, NewFailedJob } from '../metadata/failed-jobs.ts'
import type { Delivery, Outcome } from '../queue/queue.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { answersMs, type Failure, failureOf, pauseAfter } from './failure.ts'
import type { JobParts, JobType, Task } from './job.ts'

export interface AttemptParts {
  readonly failedJobs: Pick<FailedJobs, 'record' | 'clear'>
  readonly jobParts: JobParts
  readonly metrics: Metrics
  readonly logger: Logger
}

/** When a failure that could not be recorded is tried to be, in milliseconds. */
const recordAgainMs = 10_000

/**
 * One attempt at a job. What is not understood is parked; what fails for good, or too often, is recorded with its
 * reason, and only then done with.
 */
export function attemptsAt(
  type: JobType,
  parts: AttemptParts,
): (delivery: Delivery, signal: AbortSignal) => Promise<Outcome> {
  const { metrics, logger } = parts
  return async (delivery, signal) => {
    const { job, attempt } = delivery
    const task = job.version === type.version ? type.taskOf(job.payload) : undefined
    if (task === undefined) return park(parts, delivery)
    // a process that died with the job could not say so
    if (attempt > type.attempts) return giveUp(parts, delivery, task, diedTooOften)
    try {
      await withinLimit(type.limitMs, signal, limited => patiently(task, parts.jobParts, limited))
      await parts.failedJobs.clear(job.name, job.key).catch(() => {})
      metrics.jobEnded(job.name, 'done')
      return { kind: 'done' }
    } catch (error) {
      if (signal.aborted) return { kind: 'again', afterMs: 0 }
      const failure = failureOf(error)
      const about = { job: job.name, key: job.key, attempt, err: error }
      logger.warn(about, `a job failed: ${messageOf(error)}`)
      if (failure.permanent || attempt >= type.attempts) return giveUp(parts, delivery, task, failure)
      metrics.jobEnded(job.name, 'again')
      return { kind: 'again', afterMs: pauseAfter(attempt, failure) }
    }
  }
}

const diedTooOften: Failure = {
  code: 'internal',
  detail: 'the processes that did it ended before it was done',
  permanent: true,
  retryAfterMs: 0,
}

/** Work that found everything taken has not failed: it asks again, as long as its time lasts. */
async function patiently(task: Task, parts: JobParts, signal: AbortSignal): Promise<void> {
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
  parts: AttemptParts,
  delivery: Delivery,
  task: Task,
  failure: Failure,
): Promise<Outcome> {
  const { userId, imageId = null } = task.subject
  const outcome = await record(parts, delivery, {
    state: 'failed',
    userId,
    imageId,
    code: failure.code,
    detail: failure.detail,
    answersMs: failure.permanent ? answersMs.permanent : answersMs.passing,
  })
  if (outcome.kind === 'done') task.giveUp(parts.jobParts)
  return outcome
}

/** A newer process may have sent it, or a faulty one: it is kept for whoever understands it. */
function park(parts: AttemptParts, delivery: Delivery): Promise<Outcome> {
  const { version } = delivery.job
  return record(parts, delivery, {
    state: 'parked',
    userId: null,
    imageId: null,
    code: 'internal',
    detail: `a payload of version ${version} that this version of Darkroom does not understand`,
    answersMs: 0,
  })
}

/** A job is done with only when its end is on record: until then it comes again. */
async function record(
  { failedJobs, metrics, logger }: AttemptParts,
  { job, attempt }: Delivery,
  end: Omit<NewFailedJob, 'name' | 'key' | 'version' | 'payload' | 'attempts'>,
): Promise<Outcome> {
  try {
    await failedJobs.record({ ...job, ...end, attempts: attempt })
  } catch (error) {
    const passes = error instanceof DarkroomError && error.code === 'unavailable'
    logger.error({ job: job.name, key: job.key, err: error }, 'the end of a job could not be recorded')
    if (passes) return { kind: 'again', afterMs: recordAgainMs }
  }
  metrics.jobEnded(job.name, end.state)
  return { kind: 'done' }
}

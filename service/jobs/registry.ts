import { DarkroomError } from '../errors/catalogue.ts'
import type { UnfinishedJobRepository } from '../metadata/unfinished-jobs.ts'
import { loadModules } from '../modules/modules.ts'
import type { Queue } from '../queue/queue.ts'
import type { JobType } from './job.ts'

/** All kinds of jobs by name. */
export type JobTypes = ReadonlyMap<string, JobType>

/**
 * Loads the kinds of jobs by scanning `all/`: each file's default export is one.
 * @throws Error when a file does not export the job of its name: a programming error, reported at start
 */
export function loadJobs(): Promise<JobTypes> {
  return loadModules(new URL('./all/', import.meta.url))
}

export interface EnqueueOptions {
  /**
   * Whether a client is told that the job will be done, while no other row states it. The job is then recorded, and is
   * enqueued again when the queue has lost it. It is recorded after it was enqueued, so the queue limits the rows.
   */
  readonly isPromised?: boolean
}

/**
 * Enqueues a job.
 * @throws DarkroomError `unavailable` when the queue does not answer within a second, `overloaded` when it is full
 */
export type EnqueueJob = (
  name: string,
  payload: unknown,
  options?: EnqueueOptions,
) => Promise<'queued' | 'duplicate'>

export function createEnqueueJob(
  types: JobTypes,
  queue: Queue,
  unfinishedJobs: Pick<UnfinishedJobRepository, 'recordQueued'>,
): EnqueueJob {
  return async (name, payload, { isPromised = false } = {}) => {
    const type = types.get(name)
    const task = type?.createTask(payload)
    if (type === undefined || task === undefined)
      throw new DarkroomError('internal', `job ${name}: unknown name or invalid payload`)
    const job = { name, version: type.version, key: task.key, payload }
    const { userId, imageId = null } = task.subject
    const enqueued = await queue.enqueue(job)
    if (isPromised) await unfinishedJobs.recordQueued({ ...job, userId, imageId })
    return enqueued
  }
}

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

/**
 * Enqueues a job. A job of a kind with `isRecorded` is recorded first, so it may run later even when this throws.
 * @throws DarkroomError `unavailable` when the queue does not answer within a second, `overloaded` when it is full
 */
export type EnqueueJob = (name: string, payload: unknown) => Promise<'queued' | 'duplicate'>

export function createEnqueueJob(
  types: JobTypes,
  queue: Queue,
  unfinishedJobs: Pick<UnfinishedJobRepository, 'recordQueued'>,
): EnqueueJob {
  return async (name, payload) => {
    const type = types.get(name)
    const task = type?.createTask(payload)
    if (type === undefined || task === undefined)
      throw new DarkroomError('internal', `job ${name}: unknown name or invalid payload`)
    const job = { name, version: type.version, key: task.key, payload }
    const { userId, imageId = null } = task.subject
    if (type.isRecorded) await unfinishedJobs.recordQueued({ ...job, userId, imageId })
    return queue.enqueue(job)
  }
}

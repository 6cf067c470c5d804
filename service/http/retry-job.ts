import { DarkroomError } from '../errors/catalogue.ts'
import type { FailedJobRepository } from '../metadata/failed-jobs.ts'
import type { TaskListRepository } from '../metadata/task-list.ts'
import type { Task } from '../metadata/tasks.ts'
import type { StoredJob } from '../metadata/unfinished-jobs.ts'

/** What a retry of a failed job or task needs. */
export interface RetryParts {
  readonly failedJobs: Pick<FailedJobRepository, 'find' | 'remove'>
  readonly taskList: Pick<TaskListRepository, 'find' | 'retry'>
  readonly tasks: {
    /** Prepares a task that has failed for being tried again. */
    prepareRetry(task: Task): Promise<void>
    /** Looks for a due task now. */
    wake(): void
  }
  readonly taskCreator: {
    /** @throws DarkroomError `too-many-requests` when the user has too many unfinished tasks */
    requireRoom(userId: string | null): Promise<void>
  }
  /** Enqueues a failed job again. @throws DarkroomError `unavailable` or `overloaded` */
  readonly retryJob: (job: StoredJob) => Promise<unknown>
}

export const unknownJob = () => new DarkroomError('not-found', 'there is no such job')

/** Enqueues a failed job again. False when there is no such job. */
export async function retryFailedJob(
  { failedJobs, retryJob }: RetryParts,
  owner: string | null,
  id: string,
): Promise<boolean> {
  const job = await failedJobs.find(owner, id)
  if (job === undefined) return false
  await retryJob(job)
  // the record of a waiting job counts its attempts, and is removed when the job is done
  if (job.state !== 'waiting') await failedJobs.remove(job)
  return true
}

/**
 * @throws DarkroomError `not-found`, `conflict` for a task that has not failed, or `too-many-requests` when its owner has
 * too many unfinished tasks
 */
export async function retryTask(
  { taskList, tasks, taskCreator }: RetryParts,
  owner: string | null,
  id: string,
): Promise<void> {
  const task = await taskList.find(owner, id)
  if (task === undefined) throw unknownJob()
  if (task.state === 'failed') {
    await taskCreator.requireRoom(task.userId)
    await tasks.prepareRetry(task)
  }
  if (!(await taskList.retry(id))) throw new DarkroomError('conflict', 'the task has not failed')
  tasks.wake()
}

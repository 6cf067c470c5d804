import { DarkroomError } from '../errors/catalogue.ts'
import type { Queryable } from '../metadata/database.ts'
import type { FailedJobRepository } from '../metadata/failed-jobs.ts'
import { TaskListRepository } from '../metadata/task-list.ts'
import type { Task } from '../metadata/tasks.ts'
import type { StoredJob, UnfinishedJobRepository } from '../metadata/unfinished-jobs.ts'

/** What a retry of a failed job or task needs. */
export interface RetryParts {
  readonly failedJobs: Pick<FailedJobRepository, 'find'>
  readonly unfinishedJobs: Pick<UnfinishedJobRepository, 'recordRetry'>
  readonly taskList: Pick<TaskListRepository, 'find'>
  readonly tasks: {
    /** Prepares a task that has failed for being tried again. */
    prepareRetry(task: Task, transaction: Queryable): Promise<void>
    /** Looks for a due task now. */
    wake(): void
  }
  readonly taskCreator: {
    /**
     * Gives a user one more unfinished task.
     * @throws DarkroomError `too-many-requests` when the user has too many of them
     */
    withRoom(userId: string | null, work: (transaction: Queryable) => Promise<void>): Promise<void>
  }
  /** Enqueues a failed job again. @throws DarkroomError `unavailable` or `overloaded` */
  readonly retryJob: (job: StoredJob) => Promise<unknown>
}

export const unknownJob = () => new DarkroomError('not-found', 'there is no such job')

/** Enqueues a failed job again. False when there is no such job. */
export async function retryFailedJob(
  { failedJobs, unfinishedJobs, retryJob }: RetryParts,
  owner: string | null,
  id: string,
): Promise<boolean> {
  const job = await failedJobs.find(owner, id)
  if (job === undefined) return false
  await retryJob(job)
  // the record of a waiting job counts its attempts, and is removed when the job is done
  if (job.state !== 'waiting') await unfinishedJobs.recordRetry(job)
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
  const isFailed = task.state === 'failed'
  await taskCreator.withRoom(isFailed ? task.userId : null, async transaction => {
    if (isFailed) await tasks.prepareRetry(task, transaction)
    if (!(await new TaskListRepository(transaction).retry(id)))
      throw new DarkroomError('conflict', 'the task has not failed')
  })
  tasks.wake()
}

import { DarkroomError } from '../../errors/catalogue.ts'
import type { Database, Queryable } from '../../metadata/database.ts'
import { TaskRepository } from '../../metadata/tasks.ts'
import { loadModules } from '../../modules/modules.ts'
import type { TaskType } from './task.ts'

/** All kinds of tasks by name. */
export type TaskTypes = ReadonlyMap<string, TaskType>

/**
 * Loads the kinds of tasks by scanning `all/`: each file's default export is one.
 * @throws Error when a file does not export the task of its name: a programming error, reported at start
 */
export function loadTasks(): Promise<TaskTypes> {
  return loadModules(new URL('./all/', import.meta.url))
}

/**
 * Creates a task and returns its id, or the id of the unfinished task with the same key. It starts at `position`, by
 * default at the beginning.
 * @throws DarkroomError `unavailable`; `too-many-requests` when the user has too many unfinished tasks
 */
export type CreateTask = (kind: string, payload: unknown, position?: unknown) => Promise<string>

/** Creates tasks, and calls back when this process has created one. */
export interface TaskCreator {
  readonly createTask: CreateTask
  /**
   * Gives a user one more unfinished task: `work` creates or retries it in its transaction. Concurrent calls cannot exceed
   * the limit. Tasks without an owner have none.
   * @throws DarkroomError `unavailable`; `too-many-requests` when the user has too many unfinished tasks
   */
  withRoom<T>(userId: string | null, work: (transaction: Queryable) => Promise<T>): Promise<T>
  /** Calls the listeners: a task was created in another way. */
  announce(): void
  /** Calls `listener` after each creation, so that this process need not wait for its next look at the table. */
  onCreated(listener: () => void): void
}

export function createTaskCreator(types: TaskTypes, database: Pick<Database, 'transaction'>): TaskCreator {
  const listeners: (() => void)[] = []
  function withRoom<T>(userId: string | null, work: (transaction: Queryable) => Promise<T>): Promise<T> {
    return database.transaction(async transaction => {
      await new TaskRepository(transaction).requireRoom(userId)
      return work(transaction)
    })
  }
  const announce = () => {
    for (const listener of listeners) listener()
  }
  return {
    withRoom,
    announce,
    async createTask(kind, payload, position) {
      const task = types.get(kind)?.read(payload)
      if (task === undefined)
        throw new DarkroomError('internal', `task ${kind}: unknown name or invalid payload`)
      const { key, userId, subject } = task
      const id = await withRoom(userId, transaction =>
        new TaskRepository(transaction).create({ kind, key, userId, subject, payload, position }),
      )
      announce()
      return id
    },
    onCreated(listener) {
      listeners.push(listener)
    },
  }
}

import { DarkroomError } from '../../errors/catalogue.ts'
import type { TaskRepository } from '../../metadata/tasks.ts'
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
   * Call this before a user gets one more unfinished task. Tasks without an owner have no limit.
   * @throws DarkroomError `unavailable`; `too-many-requests` when the user has too many unfinished tasks
   */
  requireRoom(userId: string | null): Promise<void>
  /** Calls the listeners: a task was created in another way. */
  announce(): void
  /** Calls `listener` after each creation, so that this process need not wait for its next look at the table. */
  onCreated(listener: () => void): void
}

/** The most unfinished tasks of a user. */
const maxUnfinished = 100

export function createTaskCreator(
  types: TaskTypes,
  rows: Pick<TaskRepository, 'create' | 'countUnfinished'>,
): TaskCreator {
  const listeners: (() => void)[] = []
  async function requireRoom(userId: string | null) {
    if (userId === null || (await rows.countUnfinished(userId, maxUnfinished)) < maxUnfinished) return
    throw new DarkroomError('too-many-requests', `too many tasks are unfinished: at most ${maxUnfinished}`, {
      retryAfterMs: 60_000,
    })
  }
  const announce = () => {
    for (const listener of listeners) listener()
  }
  return {
    requireRoom,
    announce,
    async createTask(kind, payload, position) {
      const task = types.get(kind)?.read(payload)
      if (task === undefined)
        throw new DarkroomError('internal', `task ${kind}: unknown name or invalid payload`)
      const { key, userId, subject } = task
      await requireRoom(userId)
      const id = await rows.create({ kind, key, userId, subject, payload, position })
      announce()
      return id
    },
    onCreated(listener) {
      listeners.push(listener)
    },
  }
}

import Type from 'typebox'
import type { Task } from '../../metadata/tasks.ts'

const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description })
const nullableCount = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description })

/** Long work that is done page by page, as the API shows it. */
export const TaskSchema = Type.Object({
  id: Type.String(),
  kind: Type.String({ description: 'such as purge, import, user-deletion or takedown' }),
  subject: Type.String({ description: 'what the task is about, such as a tag' }),
  state: Type.Enum(['queued', 'running', 'waiting', 'done', 'failed', 'cancelled'], {
    description: 'waiting: its last attempt failed, and it is tried again',
  }),
  userId: nullable('id of the owner; null for tasks that only administrators see'),
  done: Type.Integer({ description: 'number of items that are done' }),
  total: nullableCount('number of items, as far as they were known when the task began; null if unknown'),
  percent: nullableCount('progress from 0 to 100; null if unknown'),
  attempts: Type.Integer({ description: 'number of failed attempts since the last progress' }),
  code: nullable('problem code of the last failed attempt; null after progress'),
  detail: nullable('why the last attempt failed'),
  failed: Type.Optional(
    Type.Integer({ description: 'number of images that were not imported; only for imports of many images' }),
  ),
  failures: Type.Optional(
    Type.Array(
      Type.Object({
        number: Type.Integer({ description: 'place in the list, from 0' }),
        url: Type.String(),
        reference: nullable('as given'),
        code: nullable('problem code'),
        detail: nullable('why it failed'),
      }),
      { description: 'the first ten of them; GET /api/v1/images/imports/{id} lists all' },
    ),
  ),
  isCancellable: Type.Boolean({ description: 'whether the task can be cancelled now' }),
  createdAt: Type.String({ description: 'ISO 8601' }),
  startedAt: nullable('ISO 8601; null before the task began'),
  updatedAt: Type.String({ description: 'ISO 8601; time of the last progress or failed attempt' }),
  finishedAt: nullable('ISO 8601; null before the task ended'),
})

type ShownTask = Type.Static<typeof TaskSchema>

/** A task as the API shows it. `isCancellable` is whether tasks of its kind can be cancelled. */
export function serializeTask(task: Task, isCancellable: boolean): ShownTask {
  const { id, kind, subject, userId, done, total, attempts, code, detail } = task
  const isUnfinished = task.state === 'waiting' || task.state === 'running'
  return {
    ...{ id, kind, subject, userId, done, total, attempts, code, detail },
    state: stateOf(task),
    percent: percentOf(task),
    isCancellable: isCancellable && isUnfinished,
    createdAt: task.createdAt.toISOString(),
    startedAt: task.startedAt?.toISOString() ?? null,
    updatedAt: task.updatedAt.toISOString(),
    finishedAt: isUnfinished ? null : (task.finishedAt?.toISOString() ?? null),
  }
}

/** Between two turns, a task waits for an instant only, so it is shown as running. */
function stateOf({ state, code, startedAt }: Task): ShownTask['state'] {
  if (state !== 'waiting') return state
  if (code !== null) return 'waiting'
  return startedAt === null ? 'queued' : 'running'
}

/** Items may be added while the task runs, so only a task that is done has 100 %. */
function percentOf({ state, done, total }: Task): number | null {
  if (state === 'done') return 100
  return total === null || total === 0 ? null : Math.min(99, Math.floor((100 * done) / total))
}

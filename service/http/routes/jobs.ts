import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Principal } from '../../auth/accounts.ts'
import type { AuditLog } from '../../auth/audit-log.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { importTaskName } from '../../ingest/import/image-imports.ts'
import type { Page as PageOf } from '../../metadata/cursor.ts'
import type { FailedJob, FailedJobRepository } from '../../metadata/failed-jobs.ts'
import type { ImportRepository } from '../../metadata/imports.ts'
import type { TaskListRepository, TaskQuery } from '../../metadata/task-list.ts'
import { actorOf } from '../client-info.ts'
import { requirePrincipal } from '../principal.ts'
import { type RetryParts, retryFailedJob, retryTask, unknownJob } from '../retry-job.ts'
import { PageQuerySchema, pageOf } from '../schemas/pagination.ts'
import { IdParamsSchema } from '../schemas/params.ts'
import { serializeTask, TaskSchema } from '../schemas/task.ts'
import { noNul } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts extends RetryParts {
  readonly failedJobs: RetryParts['failedJobs'] & Pick<FailedJobRepository, 'list'>
  readonly taskList: TaskListRepository
  readonly imports: Pick<ImportRepository, 'failuresOf'>
  readonly tasks: RetryParts['tasks'] & {
    /** The kinds that repeat by themselves. */
    readonly chores: readonly string[]
    isCancellable(kind: string): boolean
  }
  readonly audit: AuditLog
  /**
   * The number of jobs that wait for their first attempt or for a dependency, by name.
   * @throws DarkroomError `unavailable`
   */
  readonly countPendingJobs: () => Promise<Readonly<Record<string, number>>>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly jobs: Parts
  }
}

const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description })

const Job = Type.Object({
  id: Type.String(),
  name: Type.String({ description: 'type of the job' }),
  state: Type.Enum(['failed', 'parked', 'waiting'], {
    description:
      'parked: its payload could not be parsed; waiting: it is retried until an unavailable dependency is back',
  }),
  userId: nullable('id of the owner; null if the payload could not be parsed'),
  imageId: nullable('id of the image that the job was for'),
  key: Type.String({ description: 'deduplication key, such as the key of the derivative' }),
  attempts: Type.Integer({ description: 'number of attempts' }),
  code: Type.String({ description: 'problem code' }),
  detail: Type.String({ description: 'why it failed' }),
  failedAt: Type.String({ description: 'ISO 8601; time of the last attempt' }),
  answersUntil: Type.String({
    description: 'ISO 8601; until then, requests for the result get this failure instead of a new attempt',
  }),
})

const Page = Type.Object({
  ...pageOf(Job).properties,
  tasks: Type.Optional(
    Type.Array(TaskSchema, {
      description:
        'long work: the first 100 of the unfinished tasks, the earliest first, and then those that ended in the last 7 days, the ' +
        'latest first; only on the first page',
    }),
  ),
  nextTaskCursor: Type.Optional(
    Type.Union([Type.String(), Type.Null()], {
      description:
        '`cursor` of `GET /api/v1/jobs/tasks` for more tasks; null when all are shown; only on the first page',
    }),
  ),
  waiting: Type.Optional(
    Type.Record(Type.String(), Type.Integer(), {
      description:
        'number of jobs of all users that wait for their first attempt or for a dependency, by job name; ' +
        'only for administrators, and only while the queue responds',
    }),
  ),
})

const text = (description: string) =>
  Type.Optional(Type.String({ maxLength: 300, pattern: noNul, description }))

const Query = Type.Object(
  {
    ...PageQuerySchema.properties,
    kind: text('only tasks of this kind, such as import'),
    userId: text('only tasks of this user; users see their own tasks only'),
  },
  { additionalProperties: false },
)

/** How many tasks the first page of jobs shows. */
const shownTasks = 100

const queued = { successes: { 202: { description: 'The job is queued.' } } }

/**
 * Failed and waiting jobs, and long work with its progress, of a user or, for administrators, of all users:
 * `GET /api/v1/jobs` and `GET /api/v1/jobs/tasks`, `POST /api/v1/jobs/:id/retry` and `POST /api/v1/jobs/:id/cancel`.
 */
export default async function jobRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { failedJobs, taskList, tasks, countPendingJobs } = parts

  server.get(
    '/api/v1/jobs',
    {
      config: { access: 'images:read' },
      schema: {
        summary: 'List failed and waiting jobs, and long work with its progress',
        querystring: PageQuerySchema,
        response: { 200: Page },
      },
    },
    async request => {
      const principal = requirePrincipal(request)
      const owner = ownerFor(principal)
      const { items, nextCursor } = await failedJobs.list(owner, request.query)
      const isFirst = request.query.cursor === undefined
      const shown = isFirst ? firstTasks(await listTasks(parts, owner, { limit: shownTasks })) : {}
      const waiting = principal.role === 'admin' ? await countPendingJobs().catch(() => undefined) : undefined
      return { items: items.map(serialize), nextCursor, ...shown, ...(waiting ? { waiting } : {}) }
    },
  )

  server.get(
    '/api/v1/jobs/tasks',
    {
      config: { access: 'images:read' },
      schema: {
        summary: 'List long work with its progress',
        querystring: Query,
        response: { 200: pageOf(TaskSchema) },
      },
    },
    async request => {
      const owner = ownerFor(requirePrincipal(request))
      const { userId = owner, ...query } = request.query
      // as for a user who does not exist
      if (owner !== null && userId !== owner)
        throw new DarkroomError('not-found', 'userId: there is no such user')
      return listTasks(parts, userId, query)
    },
  )

  const retry = {
    config: { access: 'images:write' as const, openapi: queued },
    schema: { summary: 'Retry a failed job or task', params: IdParamsSchema },
  }
  server.post('/api/v1/jobs/:id/retry', retry, async (request, reply) => {
    const owner = ownerFor(requirePrincipal(request))
    const { id } = request.params
    if (!(await retryFailedJob(parts, owner, id))) await retryTask(parts, owner, id)
    await parts.audit.record(actorOf(request), 'job.retry', id)
    return reply.code(202).send()
  })

  const cancel = {
    config: { access: 'images:write' as const },
    schema: { summary: 'Cancel a purge or an import of many images', params: IdParamsSchema },
  }
  server.post('/api/v1/jobs/:id/cancel', cancel, async (request, reply) => {
    const task = await taskList.find(ownerFor(requirePrincipal(request)), request.params.id)
    if (task === undefined) throw unknownJob()
    if (!tasks.isCancellable(task.kind))
      throw new DarkroomError('conflict', `a task of the kind ${task.kind} cannot be cancelled`)
    if (!(await taskList.cancel(task.id))) throw new DarkroomError('conflict', 'the task has ended')
    await parts.audit.record(actorOf(request), 'job.cancel', task.id)
    return reply.code(204).send()
  })
}

async function listTasks({ taskList, tasks, imports }: Parts, owner: string | null, query: TaskQuery) {
  const { items: listed, nextCursor } = await taskList.list(owner, tasks.chores, query)
  const failures = await imports.failuresOf(
    listed.flatMap(({ id, kind }) => (kind === importTaskName ? [id] : [])),
  )
  const items = listed.map(task => ({
    ...serializeTask(task, tasks.isCancellable(task.kind)),
    ...(task.kind === importTaskName && (failures.get(task.id) ?? { failed: 0, failures: [] })),
  }))
  return { items, nextCursor }
}

/** The tasks on the first page of jobs. */
const firstTasks = <Item>({ items, nextCursor }: PageOf<Item>) => ({
  tasks: items,
  nextTaskCursor: nextCursor,
})

/** The user whose jobs the caller may see; null for all users. */
const ownerFor = ({ role, userId }: Principal) => (role === 'admin' ? null : userId)

function serialize({ version, payload, ...job }: FailedJob) {
  return { ...job, failedAt: job.failedAt.toISOString(), answersUntil: job.answersUntil.toISOString() }
}

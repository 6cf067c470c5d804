import Type, { type Static, type TSchema } from 'typebox'
import Value from 'typebox/value'
import type { EdgePurger } from '../../edge/edge-purger.ts'
import type { DirectUploads } from '../../ingest/direct/direct-uploads.ts'
import type { EagerDerivatives } from '../../ingest/eager-derivatives.ts'
import type { ImageImports } from '../../ingest/import/image-imports.ts'
import type { Outbox } from '../../ingest/outbox.ts'
import type { Replacements } from '../../ingest/replacements.ts'
import type { ApiKeyRepository } from '../../metadata/api-keys.ts'
import type { AuditRepository } from '../../metadata/audit.ts'
import type { Queryable } from '../../metadata/database.ts'
import type { FailedJobRepository } from '../../metadata/failed-jobs.ts'
import type { ImageCleanupRepository } from '../../metadata/image-cleanup.ts'
import type { LoginAttemptRepository } from '../../metadata/login-attempts.ts'
import type { QuotaRepository } from '../../metadata/quotas.ts'
import type { SessionRepository } from '../../metadata/sessions.ts'
import type { TaskEndRepository } from '../../metadata/task-ends.ts'
import type { TaskPage } from '../../metadata/tasks.ts'
import type { UsageRepository } from '../../metadata/usage-rollups.ts'
import type { WebhookDeliveryRepository } from '../../metadata/webhook-deliveries.ts'
import type { DerivativeBudget } from '../../removal/derivative-budget.ts'
import type { DerivativeRemover } from '../../removal/derivative-remover.ts'
import type { ImageDeleter } from '../../removal/image-deleter.ts'
import type { Purger } from '../../removal/purger.ts'
import type { Takedowns } from '../../removal/takedowns.ts'
import type { UserDeletion } from '../../removal/user-deletion.ts'
import type { WebhookSender } from '../../webhooks/webhook-sender.ts'

/** The parts of the service that tasks use. */
export interface TaskParts {
  readonly purger: Pick<Purger, 'runPage' | 'completePage'>
  readonly userDeletion: Pick<UserDeletion, 'runPage' | 'resume'>
  readonly takedowns: Pick<Takedowns, 'runPage'>
  readonly imageDeleter: Pick<ImageDeleter, 'completePage'>
  readonly derivativeRemover: Pick<DerivativeRemover, 'sweep'>
  readonly derivativeBudget: DerivativeBudget
  readonly directUploads: Pick<DirectUploads, 'sweep'>
  readonly replacements: Pick<Replacements, 'sweep'>
  readonly imports: Pick<ImageImports, 'runPage'>
  readonly outbox: Outbox
  readonly eager: Pick<EagerDerivatives, 'enqueueDue'>
  readonly webhookSender: Pick<WebhookSender, 'enqueueDue'>
  readonly edge: Pick<EdgePurger, 'enqueueDue'>
  /** Compares the counts of what users store with their images. */
  readonly holdingsCheck: { sweep(signal: AbortSignal): Promise<void> }
  /** The tables whose old rows are deleted. */
  readonly metadata: {
    readonly apiKeys: Pick<ApiKeyRepository, 'sweep'>
    readonly audit: Pick<AuditRepository, 'sweep'>
    readonly failedJobs: Pick<FailedJobRepository, 'sweep'>
    readonly imageCleanup: Pick<ImageCleanupRepository, 'clearPurged'>
    readonly loginAttempts: Pick<LoginAttemptRepository, 'sweep'>
    readonly quotas: Pick<QuotaRepository, 'sweep'>
    readonly sessions: Pick<SessionRepository, 'sweep'>
    readonly taskEnds: Pick<TaskEndRepository, 'sweep'>
    readonly usage: Pick<UsageRepository, 'sweep' | 'trimPage'>
    readonly webhookDeliveries: Pick<WebhookDeliveryRepository, 'sweep'>
  }
}

/** The declaration of a kind of task, one file of `all/` each. */
export interface TaskSpec<Payload extends TSchema, Position extends TSchema> {
  /** The name of its file, `[a-z-]+`. A payload that an older process would misinterpret needs a new name. */
  readonly name: string
  readonly payload: Payload
  /** Where a page starts. A stored position that does not match it is replaced by `start`. */
  readonly position: Position
  readonly start: Static<Position>
  /** At most one unfinished task with the same key exists. */
  key(payload: Static<Payload>): string
  /** The owner, null when only administrators may see the task, and what it is about, for display. */
  subject(payload: Static<Payload>): { readonly userId: string | null; readonly text: string }
  /**
   * How often in a row a page may fail before the task is given up; never when it is absent. Outages of a dependency do not
   * count.
   */
  readonly maxAttempts?: number
  /** Whether the owner can cancel the task. */
  readonly isCancellable?: boolean
  /**
   * Whether the task mostly waits for servers of others. Such tasks have places of their own in each process, so that slow
   * servers hold up no other task.
   */
  readonly isRemote?: boolean
  /** Called in the transaction in which the owner lets the task go on after it has failed. */
  prepareRetry?(payload: Static<Payload>, transaction: Queryable): Promise<void>
  /** How often the task repeats by itself, in milliseconds; absent for tasks that are created. */
  readonly everyMs?: number
  /** Does one page of a few seconds at most. Idempotent, because a process may die before it can save the next position. */
  runPage(
    payload: Static<Payload>,
    position: Static<Position>,
    parts: TaskParts,
    signal: AbortSignal,
  ): Promise<TaskPage<Static<Position>>>
}

/** Runs a page of a task with a valid payload, from a stored position. */
export type RunTaskPage = (
  position: unknown,
  parts: TaskParts,
  signal: AbortSignal,
) => Promise<TaskPage<unknown>>

/** A kind of task. */
export interface TaskType {
  readonly name: string
  readonly maxAttempts: number
  readonly isCancellable: boolean
  readonly isRemote: boolean
  readonly everyMs: number | undefined
  /** What a task with this payload does and is called; undefined when the payload does not match its schema. */
  read(payload: unknown):
    | {
        readonly key: string
        readonly userId: string | null
        readonly subject: string
        readonly runPage: RunTaskPage
        prepareRetry(transaction: Queryable): Promise<void>
      }
    | undefined
}

/** Creates a kind of task from its declaration. */
export function defineTask<const Payload extends TSchema, const Position extends TSchema>(
  spec: TaskSpec<Payload, Position>,
): TaskType {
  const {
    name,
    maxAttempts = Number.POSITIVE_INFINITY,
    isCancellable = false,
    isRemote = false,
    everyMs,
  } = spec
  return {
    name,
    maxAttempts,
    isCancellable,
    isRemote,
    everyMs,
    read(payload) {
      if (!Value.Check(spec.payload, payload)) return undefined
      const { userId, text } = spec.subject(payload)
      return {
        key: spec.key(payload),
        userId,
        subject: text,
        prepareRetry: async transaction => spec.prepareRetry?.(payload, transaction),
        runPage: (position, parts, signal) =>
          spec.runPage(payload, Value.Check(spec.position, position) ? position : spec.start, parts, signal),
      }
    },
  }
}

/** A task that repeats by itself. */
export interface ChoreSpec<Position extends TSchema>
  extends Pick<TaskSpec<TSchema, Position>, 'name' | 'position' | 'start'> {
  readonly everyMs: number
  /** As `TaskSpec.runPage`. */
  runPage(
    position: Static<Position>,
    parts: TaskParts,
    signal: AbortSignal,
  ): Promise<TaskPage<Static<Position>>>
}

/** Creates a kind of task that repeats. After too many failed attempts it waits for its next turn. */
export function defineChore<const Position extends TSchema>(spec: ChoreSpec<Position>): TaskType {
  const { name, position, start, everyMs } = spec
  return defineTask({
    ...{ name, position, start, everyMs },
    payload: Type.Object({}),
    key: () => '',
    subject: () => ({ userId: null, text: '' }),
    maxAttempts: 5,
    runPage: (_, from, parts, signal) => spec.runPage(from, parts, signal),
  })
}

export const minuteMs = 60_000
export const hourMs = 3_600_000

/** Creates a chore that has no position: it does its work at once, or in batches until one is not full. */
export function defineBatchChore(spec: {
  readonly name: string
  readonly everyMs: number
  /** The most items of one page. Absent when a run is one page. */
  readonly batch?: number
  /** Does at most `batch` items and returns their number, which is not needed without a batch. */
  run(parts: TaskParts, batch: number, signal: AbortSignal): Promise<unknown>
}): TaskType {
  const { name, everyMs, batch = 0 } = spec
  return defineChore({
    ...{ name, everyMs },
    position: Type.Object({}),
    start: {},
    async runPage(_, parts, signal) {
      const result = await spec.run(parts, batch, signal)
      const done = typeof result === 'number' ? result : 0
      return { done, ...(batch > 0 && done >= batch && { next: {} }) }
    },
  })
}

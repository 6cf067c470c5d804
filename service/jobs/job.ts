import type { Static, TSchema } from 'typebox'
import Value from 'typebox/value'
import type { RenderWorker } from '../delivery/render-worker.ts'
import type { EdgePurger } from '../edge/edge-purger.ts'
import type { Ingestion } from '../ingest/ingestion.ts'
import type { WebhookSender } from '../webhooks/webhook-sender.ts'
import type { AttemptFailure } from './attempt-failure.ts'
import type { CreateTask } from './tasks/registry.ts'

/** The parts of the service that jobs use. */
export interface JobParts {
  readonly renderWorker: RenderWorker
  readonly edge: EdgePurger
  readonly ingestion: Ingestion
  readonly webhookSender: Pick<WebhookSender, 'send'>
  readonly createTask: CreateTask
}

/** The owner of a job, who may see its failure. */
export interface JobSubject {
  /** Null when only administrators may see it. */
  readonly userId: string | null
  readonly imageId?: string
}

/** The declaration of a kind of job, one file of `all/` each. */
export interface JobSpec<Payload extends TSchema> {
  /** The name of its file, `[a-z-]+`. */
  readonly name: string
  /** The version of the payload's shape. A change that an older process would misinterpret needs a new version. */
  readonly version: number
  readonly payload: Payload
  /** At most one job with the same key waits or runs, in the whole cluster. */
  key(payload: Static<Payload>): string
  subject(payload: Static<Payload>): JobSubject
  /** The number of attempts, including those whose process died, but not those that failed because of an outage. */
  readonly maxAttempts: number
  /** The number of attempts of a job that takes too long (`deadline`). By default `maxAttempts`. */
  readonly slowAttempts?: number
  /** How long an attempt may take, including the wait for admission, in milliseconds. */
  readonly timeoutMs: number
  /**
   * Whether requests come first: a process runs one such job at a time, unless it uses idle cores, and returns it to the
   * queue when it shuts down.
   */
  readonly yieldsToRequests?: boolean
  /** Whether the work runs within `Engine.runWhenIdle`: a process takes one such job per core, and one that waits. */
  readonly usesIdleCores?: boolean
  /** Whether another job does the same work later. Then giving this one up is neither recorded nor shown. */
  readonly isOptional?: boolean
  /** The number of jobs that a process runs at the same time, when it does not depend on its cores. */
  readonly concurrency?: number
  /** Does the work. Idempotent, because a job can be delivered more than once. */
  handle(payload: Static<Payload>, parts: JobParts, signal: AbortSignal): Promise<void>
  /** Called when the job was given up, after its failure was recorded. */
  onFailure?(payload: Static<Payload>, parts: JobParts, failure: JobFailure): void
}

/** Why a job was given up, in words for its owner. */
export type JobFailure = Pick<AttemptFailure, 'code' | 'detail' | 'permanent'>

/** A job with a valid payload. */
export interface JobTask {
  readonly key: string
  readonly subject: JobSubject
  run(parts: JobParts, signal: AbortSignal): Promise<void>
  onFailure(parts: JobParts, failure: JobFailure): void
}

/** A kind of job. */
export interface JobType extends Pick<JobSpec<TSchema>, 'name' | 'version' | 'maxAttempts' | 'timeoutMs'> {
  readonly slowAttempts: number
  readonly yieldsToRequests: boolean
  readonly usesIdleCores: boolean
  readonly isOptional: boolean
  readonly concurrency: number | undefined
  /** The task of a payload; undefined when the payload does not match its schema. */
  createTask(payload: unknown): JobTask | undefined
}

/** Creates a kind of job from its declaration. */
export function defineJob<const Payload extends TSchema>(spec: JobSpec<Payload>): JobType {
  const { name, version, maxAttempts, timeoutMs, concurrency } = spec
  return {
    name,
    version,
    maxAttempts,
    slowAttempts: spec.slowAttempts ?? maxAttempts,
    timeoutMs,
    yieldsToRequests: spec.yieldsToRequests ?? false,
    usesIdleCores: spec.usesIdleCores ?? false,
    isOptional: spec.isOptional ?? false,
    concurrency,
    createTask(payload) {
      if (!Value.Check(spec.payload, payload)) return undefined
      return {
        key: spec.key(payload),
        subject: spec.subject(payload),
        run: (parts, signal) => spec.handle(payload, parts, signal),
        onFailure: (parts, failure) => spec.onFailure?.(payload, parts, failure),
      }
    },
  }
}

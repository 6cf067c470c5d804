import type { Static, TSchema } from 'typebox'
import Value from 'typebox/value'
import type { RenderWorker } from '../delivery/render-worker.ts'
import type { EdgePurger } from '../edge/edge-purger.ts'
import type { Ingestion } from '../ingest/ingestion.ts'
import type { Purger } from '../removal/purger.ts'
import type { Takedowns } from '../removal/takedowns.ts'
import type { UserDeletion } from '../removal/user-deletion.ts'
import type { WebhookSender } from '../webhooks/webhook-sender.ts'
import type { AttemptFailure } from './attempt-failure.ts'

/** What jobs work with. */
export interface JobParts {
  readonly renderWorker: RenderWorker
  readonly purger: Purger
  readonly userDeletion: UserDeletion
  readonly takedowns: Takedowns
  readonly edge: EdgePurger
  readonly ingestion: Ingestion
  readonly webhookSender: Pick<WebhookSender, 'send'>
}

/** Whom a job concerns: who may see that it failed. */
export interface JobSubject {
  /** Null: the administrators' concern alone. */
  readonly userId: string | null
  readonly imageId?: string
}

/** What a job's file states about it. */
export interface JobSpec<Payload extends TSchema> {
  /** Of the file, `[a-z-]+`. */
  readonly name: string
  /** Of the payload's shape; a change that an older process would misread is a new version. */
  readonly version: number
  readonly payload: Payload
  /** Of jobs with the same key at most one waits or runs, in the whole cluster. */
  key(payload: Static<Payload>): string
  subject(payload: Static<Payload>): JobSubject
  /** How often it is tried, attempts that ended with their process included. */
  readonly maxAttempts: number
  /** How long an attempt may take in milliseconds, waiting for a turn included. */
  readonly timeoutMs: number
  /** Nobody waits for it: a process does one at a time, and gives it back at once when it ends. */
  readonly yieldsToRequests?: boolean
  /** How many a process does at once, where that has nothing to do with its cores. */
  readonly concurrency?: number
  /** Does the work; idempotent, as it may be done more than once. */
  handle(payload: Static<Payload>, parts: JobParts, signal: AbortSignal): Promise<void>
  /** Hears that the job was given up and why, after its failure is on record. */
  onFailure?(payload: Static<Payload>, parts: JobParts, failure: JobFailure): void
}

/** Why a job was given up, in words for whoever owns it. */
export type JobFailure = Pick<AttemptFailure, 'code' | 'detail'>

/** A job with its payload, which was understood. */
export interface JobTask {
  readonly key: string
  readonly subject: JobSubject
  run(parts: JobParts, signal: AbortSignal): Promise<void>
  onFailure(parts: JobParts, failure: JobFailure): void
}

/** A kind of job. One file of `all/` each. */
export interface JobType extends Pick<JobSpec<TSchema>, 'name' | 'version' | 'maxAttempts' | 'timeoutMs'> {
  readonly yieldsToRequests: boolean
  readonly concurrency: number | undefined
  /** The task of a payload; undefined when it is not of this shape. */
  createTask(payload: unknown): JobTask | undefined
}

/** Makes a kind of job of what its file states. */
export function defineJob<const Payload extends TSchema>(spec: JobSpec<Payload>): JobType {
  const { name, version, maxAttempts, timeoutMs, yieldsToRequests = false, concurrency } = spec
  return {
    name,
    version,
    maxAttempts,
    timeoutMs,
    yieldsToRequests,
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

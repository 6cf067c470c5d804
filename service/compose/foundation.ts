import type { ChangeLog } from '../cache/change-log.ts'
import type { EnqueueJob, JobTypes } from '../jobs/registry.ts'
import type { CreateTask, TaskCreator, TaskTypes } from '../jobs/tasks/registry.ts'
import type { Operations } from '../operations/registry.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Metadata } from './metadata.ts'

/** What every other part of a process builds on. */
export interface Foundation {
  readonly metrics: Metrics
  readonly operations: Operations
  readonly jobTypes: JobTypes
  readonly enqueueJob: EnqueueJob
  readonly taskTypes: TaskTypes
  readonly createTask: CreateTask
  readonly taskCreator: TaskCreator
  /** The base of public URLs, without a trailing slash. */
  readonly publicUrl: string
  readonly metadata: Metadata
  /** Which cached rows have changed. */
  readonly changes: ChangeLog
}

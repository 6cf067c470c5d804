import type { TieredCache } from '../cache/tiered-cache.ts'
import type { EdgePurger } from '../edge/edge-purger.ts'
import type { Engine } from '../engine/engine.ts'
import type { IngestScheduler } from '../ingest/ingest-scheduler.ts'
import type { EnqueueJob, JobTypes } from '../jobs/registry.ts'
import type { Operations } from '../operations/registry.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import type { Access } from './access.ts'
import type { Auth } from './auth.ts'
import type { Delivery } from './delivery.ts'
import type { Ingest } from './ingest.ts'
import type { Jobs } from './jobs.ts'
import type { Metadata } from './metadata.ts'
import type { Removal } from './removal.ts'
import type { WebhookParts } from './webhooks.ts'

/** The parts of every room. Each `compose/<room>.ts` takes those of the rooms that it builds on and returns its own. */
export interface Rooms {
  readonly metrics: Metrics
  readonly operations: Operations
  readonly jobTypes: JobTypes
  readonly enqueueJob: EnqueueJob
  /** The base of public URLs, without a trailing slash. */
  readonly publicUrl: string
  readonly metadata: Metadata
  readonly engine: Engine
  readonly cache: TieredCache
  readonly usage: UsageRecorder
  readonly edge: EdgePurger
  readonly access: Access
  readonly auth: Auth
  readonly webhooks: WebhookParts
  readonly ingestScheduler: IngestScheduler
  readonly delivery: Delivery
  readonly removal: Removal
  readonly ingest: Ingest
  readonly jobs: Jobs
}

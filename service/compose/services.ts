import type { TieredCache } from '../cache/tiered-cache.ts'
import type { EdgePurger } from '../edge/edge-purger.ts'
import type { Engine } from '../engine/engine.ts'
import type { IngestScheduler } from '../ingest/ingest-scheduler.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import type { Access } from './access.ts'
import type { Auth } from './auth.ts'
import type { Foundation } from './foundation.ts'
import type { WebhookParts } from './webhooks.ts'

/** The parts that build on the foundation alone. Delivery, removal, ingest and the jobs build on them. */
export interface Services extends Foundation {
  readonly engine: Engine
  readonly cache: TieredCache
  readonly usage: UsageRecorder
  readonly edge: EdgePurger
  readonly access: Access
  readonly auth: Auth
  readonly webhooks: WebhookParts
  readonly ingestScheduler: IngestScheduler
}

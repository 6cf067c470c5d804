import type { ProgressLimits } from '../concurrency/progress-watch.ts'
import type { Config } from '../config.ts'
import type { Claims } from '../delivery/claims.ts'
import type { Inspector } from '../engine/render-backend.ts'
import type { Database } from '../metadata/database.ts'
import type { ListDatabase } from '../metadata/list-database.ts'
import type { NetworkPolicy } from '../net/network-policy.ts'
import type { Queue } from '../queue/queue.ts'
import type { Secrets } from '../secrets.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'

/** In bytes. The unit of those variables ending in `_MB` that limit memory. */
export const mebibyte = 1024 * 1024

/** How fast request bodies and imported files must arrive. */
export const receiveLimitsOf = (config: Config): ProgressLimits => ({
  silenceMs: config.DARKROOM_RECEIVE_SILENCE_MS,
  minRate: config.DARKROOM_RECEIVE_MIN_RATE,
})

/** Functions that close what was opened, called in reverse order. */
export type Closers = (() => Promise<void>)[]

/** The parts that `app.ts` opens with the configured drivers. Rooms depend on interfaces only, not on drivers. */
export interface Infrastructure {
  readonly config: Config
  readonly logger: Logger
  readonly secrets: Secrets
  /** Where uploads are stored while they are received. */
  readonly stagingDirectory: string
  readonly store: ObjectStore
  readonly database: Database
  /** A URL of the database without a pooler between, for the connection that receives notices of changes. */
  readonly databaseUrl: string
  /** Builds the indexes that this version adds, which may take long. Without effect while another process builds them. */
  readonly finishMigrations: (signal: AbortSignal) => Promise<void>
  /** The connections for lists and searches. */
  readonly lists: ListDatabase
  readonly queue: Queue
  /** Which hosts imports and webhooks may connect to. Hosts with public addresses only, except in tests. */
  readonly networkPolicy: NetworkPolicy
  /** Inspects uploads for all services of a process. Undefined, except in tests: each service starts processes of its own. */
  readonly inspector: Inspector | undefined
  /** The processes that share the port and the limits with this one; undefined when it is alone. */
  readonly siblings: Siblings | undefined
  readonly closers: Closers
}

/** What the processes of one `darkroom serve` share. */
export interface Siblings {
  readonly claims: Claims
  /** The queue that is used without NATS. */
  readonly queue: Queue
}

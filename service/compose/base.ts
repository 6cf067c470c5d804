import type { Config } from '../config.ts'
import type { Database } from '../metadata/database.ts'
import type { NetworkPolicy } from '../net/network-policy.ts'
import type { Queue } from '../queue/queue.ts'
import type { Secrets } from '../secrets.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Of bytes; variables that end in `_MB` count memory in it. */
export const mebibyte = 1024 * 1024

/** What is to be undone at the end, the last first. */
export type Closers = (() => Promise<void>)[]

/** What the rooms stand on, opened by drivers that they do not know. */
export interface Base {
  readonly config: Config
  readonly logger: Logger
  readonly secrets: Secrets
  /** Where uploads lie on their way in. */
  readonly stagingDirectory: string
  readonly store: ObjectStore
  readonly database: Database
  readonly queue: Queue
  /** Which hosts this process connects to for strangers. No variable of the environment says it. */
  readonly reach: NetworkPolicy
  readonly closers: Closers
}

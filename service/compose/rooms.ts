import type { Delivery } from './delivery.ts'
import type { Ingest } from './ingest.ts'
import type { Jobs } from './jobs.ts'
import type { Removal } from './removal.ts'
import type { Services } from './services.ts'

/** The parts of every room. Each `compose/<room>.ts` takes those of the rooms that it builds on and returns its own. */
export interface Rooms extends Services {
  readonly delivery: Delivery
  readonly removal: Removal
  readonly ingest: Ingest
  readonly jobs: Jobs
}

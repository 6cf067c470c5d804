import { setTimeout } from 'node:timers/promises'
import { prepareStagingDirectory } from '../../../service/ingest/upload-staging.ts'
import type { Database } from '../../../service/metadata/database.ts'
import { until } from '../../../service/test/support/until.ts'
import type { System } from '../system.ts'
import { countQueued } from './queue.ts'

/** How long unfinished work may take without load, and each of the chores together, in milliseconds. */
const settleMs = 120_000
const sweepMs = 120_000
/** How long nothing must be written before everything counts as written, in milliseconds. */
const quietMs = 3_000

/** Lets the service find at once what it would find after some minutes. */
const overdueWork = [
  `with older as (
     update images set created_at = created_at - interval '1 minute'
     where id in (select image_id from pending_ingests) returning id, created_at)
   update pending_ingests set created_at = older.created_at from older where image_id = older.id`,
  `update failed_jobs set failed_at = now() - interval '3 minutes' where state in ('waiting', 'queued')`,
]

/** Lets it find at once what it would find after some hours. Nothing is being written, so nothing is too young. */
const overdueObjects = [
  `update images set created_at = created_at - interval '3 hours' where state = 'uploading'`,
  `update images set ladder_until = now() - interval '1 second' where ladder_until > now()`,
  `update stray_derivatives set until = now() - interval '1 second'`,
  `update original_files set created_at = created_at - interval '3 hours'`,
  `update original_files set ladder_until = now() - interval '1 second' where ladder_until > now()`,
]

const unfinished = `select (select count(*) from pending_ingests)
  + (select count(*) from failed_jobs where state in ('waiting', 'queued'))
  + (select count(*) from tasks where key <> '' and state in ('waiting', 'running')) as count`

const beingWritten = `select (select count(*) from images where state = 'uploading') || ' '
  || (select count(*) from stray_derivatives) || ' ' || (select count(*) from original_files) as counts`

/** Waits until no work is left, recorded or queued, without load. @throws Error when some is left after two minutes */
export async function finishWork(database: Database, system: Pick<System, 'nats'>): Promise<void> {
  const started = performance.now()
  const isDone = async () => {
    const [row] = await database.query<{ count: number }>(unfinished)
    if (Number(row?.count) === 0) return true
    // at first the work is done in its own time
    if (performance.now() - started > 2 * quietMs) {
      for (const statement of overdueWork) await database.query(statement)
      await makeChoresDue(database)
      await setTimeout(2_000)
    }
    return false
  }
  await until('all recorded work is done', settleMs, isDone)
  await until('the queue is empty', settleMs, async () => (await countQueued(system)) === 0)
  let [counts, since] = ['', performance.now()]
  await until('nothing is being written', settleMs, async () => {
    const [row] = await database.query<{ counts: string }>(beingWritten)
    if (row?.counts !== counts) [counts, since] = [row?.counts ?? '', performance.now()]
    return performance.now() - since > quietMs
  })
}

/** Lets the service run each of its chores once, as if hours had passed. */
export async function sweep(database: Database, { members }: Pick<System, 'members'>): Promise<void> {
  for (const statement of overdueObjects) await database.query(statement)
  const [start] = await database.query<{ now: Date }>('select now()')
  await makeChoresDue(database)
  await until('all chores have run', sweepMs, async () => {
    const left = await database.query(
      `select from tasks where key = '' and (finished_at is null or finished_at <= $1)`,
      [start?.now],
    )
    return left.length === 0
  })
  // what a killed process left in its folder is removed by its successor, once it is an hour old
  for (const { starts, spool } of members) if (starts > 1) await prepareStagingDirectory(spool, 0)
}

async function makeChoresDue(database: Database): Promise<void> {
  await database.query(`update tasks set due_at = now() where key = '' and state = 'waiting'`)
}

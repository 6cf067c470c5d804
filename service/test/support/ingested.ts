import type { Queryable } from '../../metadata/database.ts'
import { until } from './until.ts'

/** Waits until the background jobs of these images' uploads are done or given up. @throws after a minute */
export async function ingested(database: Queryable, ...ids: readonly string[]): Promise<void> {
  const text =
    'select id from images where id = any($1) and coalesce(ingested_at, ingest_failed_at) is not null'
  const done = async () => (await database.query(text, [ids])).length === ids.length
  await until('the images are ingested', 60_000, done)
}

/** A statement that makes all uploads a minute older, so that the outbox takes their pending ingests as overdue. */
export const makeUploadsOlder = `with older as (
    update images set created_at = created_at - interval '1 minute' returning id, created_at)
  update pending_ingests set created_at = older.created_at from older where image_id = older.id`

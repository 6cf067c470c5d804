import type { Queryable } from '../../metadata/database.ts'
import { until } from './until.ts'

/** Waits until the background jobs of these images' uploads are done or given up. @throws after a minute */
export async function ingested(database: Queryable, ...ids: readonly string[]): Promise<void> {
  const text =
    'select id from images where id = any($1) and coalesce(ingested_at, ingest_failed_at) is not null'
  const done = async () => (await database.query(text, [ids])).length === ids.length
  await until('the images are ingested', 60_000, done)
}

import type { Queryable } from '../../metadata/database.ts'
import { until } from './until.ts'

/** Waits until all is done that is made of these images behind their uploads. @throws when it is not in a minute */
export async function ingested(database: Queryable, ...ids: readonly string[]): Promise<void> {
  const text = 'select id from images where id = any($1) and ingested_at is not null'
  const done = async () => (await database.query(text, [ids])).length === ids.length
  await until('the images are taken in', 60_000, done)
}

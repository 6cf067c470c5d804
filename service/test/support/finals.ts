import type { Database } from '../../metadata/database.ts'
import { until } from './until.ts'

/** Waits until an image has this many finals; returns their widths in the order in which they were made. */
export async function waitForFinals(database: Database, imageId: string, count: number): Promise<number[]> {
  const find = () =>
    database.query<{ width: number }>(
      `select width from derivatives where image_id = $1 and variant = 'final' order by xmin::text::bigint`,
      [imageId],
    )
  await until(`${count} finals are made`, 60_000, async () => (await find()).length >= count)
  return (await find()).map(({ width }) => width)
}

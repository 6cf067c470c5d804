import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type pg from 'pg'
import { pathOfKey } from '../../service/storage/drivers/file/paths.ts'
import { derivativeKey } from '../../service/storage/keys.ts'

/** Derivatives whose names are read at once. */
const page = 20_000
/** The links of one file: ext4 allows 65,000. */
const maxLinks = 50_000

/**
 * Creates the files of up to `count` derivatives of a user in a file store. They are links to a few small files, because
 * the number of names matters and not the bytes. @returns how many were created
 */
export async function fillFiles(
  client: pg.Client,
  store: string,
  userId: string,
  count: number,
): Promise<number> {
  let created = 0
  let after = ['', '']
  const folders = new Set<string>()
  let source = ''
  while (created < count) {
    const { rows } = await client.query<{ image: string; file: string }>(
      `select image_id as image, file_name as file from derivatives
       where user_id = $1 and (image_id, file_name) > ($2, $3) order by image_id, file_name limit $4`,
      [userId, ...after, Math.min(page, count - created)],
    )
    if (rows.length === 0) return created
    for (const { file } of rows) {
      const path = join(store, pathOfKey(derivativeKey(userId, file)))
      const folder = dirname(path)
      if (!folders.has(folder)) mkdirSync(folder, { recursive: true })
      folders.add(folder)
      if (created++ % maxLinks === 0) {
        source = path
        writeFileSync(path, 'a stored derivative')
      } else linkSync(source, path)
    }
    const last = rows[rows.length - 1]
    after = [last?.image ?? '', last?.file ?? '']
  }
  return created
}

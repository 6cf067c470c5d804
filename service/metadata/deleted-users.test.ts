import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { DeletedUserRepository } from './deleted-users.ts'
import { createTestImage, createTestUser } from './records.test.data.ts'

const db = await migratedDatabase(t)

/** How many images of a user are not deleted, how many rows images have, and how many derivatives. */
async function rowsOf(userId: string): Promise<unknown[]> {
  const rows = await db.query<Record<string, number>>(
    `select count(*) filter (where state <> 'deleted') as live, count(*) as images,
       (select count(*) from derivatives where user_id = $1) as derivatives
     from images where user_id = $1`,
    [userId],
  )
  return Object.values(rows[0]!)
}

async function createUserWithImages(): Promise<string> {
  const user = await createTestUser(db)
  for (let index = 0; index < 5; index++) await createTestImage(db, user)
  await db.query(
    `insert into derivatives
       (user_id, image_id, file_name, format, width, height, bytes, etag, variant, cost_ms, others, presets)
     select user_id, id, name || '.png', 'png', 1, 1, 1, 'e', 'final', 1, '{}', '{}'
     from images, unnest(array['a', 'b', 'c']) as name where user_id = $1`,
    [user],
  )
  return user
}

/** Runs a step from the beginning until its last page, and returns the number of rows of each page. */
async function countsOf<Name>(
  start: Name,
  page: (after: Name) => Promise<{ count: number; last: Name | null }>,
): Promise<number[]> {
  const counts: number[] = []
  for (let after: Name | null = start; after !== null; ) {
    const { count, last } = await page(after)
    counts.push(count)
    after = last
  }
  return counts
}

t.test('the rows of a deleted user are removed in pages, and those of others stay', async t => {
  const [user, other] = [await createUserWithImages(), await createUserWithImages()]
  const deletedUsers = new DeletedUserRepository(db, 2)
  t.equal(await deletedUsers.has(user), false)
  t.strictSame(await deletedUsers.countRows(user), { images: 5, derivatives: 15 })
  await db.query('update users set deleted_at = now() where id = $1', [user])
  t.equal(await deletedUsers.has(user), true)

  t.strictSame(await countsOf('', after => deletedUsers.markImages(user, after)), [2, 2, 1, 0])
  t.strictSame(await rowsOf(user), [0, 5, 15])
  const first = { imageId: '', fileName: '' }
  const derivatives = await countsOf(first, after => deletedUsers.deleteDerivatives(user, after))
  t.strictSame(derivatives, [2, 2, 2, 2, 2, 2, 2, 1, 0])
  t.strictSame(await countsOf('', after => deletedUsers.deleteImages(user, after, new Date())), [2, 2, 1, 0])
  t.equal(await deletedUsers.hasUploads(user), false)
  await db.query(
    `insert into images (id, user_id, state, title, tags) values ('late0001', $1, 'uploading', '', '{}')`,
    [user],
  )
  t.equal(await deletedUsers.hasUploads(user), true)

  await db.query(
    `insert into sessions (id, user_id, series_hash, token_hash, expires_at)
     select 'session' || number, $1, decode(md5(number::text), 'hex'), '', now() from generate_series(1, 3) as number`,
    [user],
  )
  t.equal(await deletedUsers.deleteRest(user, ''), 'sessions')
  t.equal((await db.query('select id from sessions where user_id = $1', [user])).length, 1)
  t.strictSame(await deletedUsers.list('user-deletion'), [user])
  t.equal(await deletedUsers.deleteRest(user, 'sessions'), undefined)
  t.strictSame(await db.query('select id from users where id = $1', [user]), [])
  t.strictSame(await rowsOf(other), [5, 5, 15])
})

t.test('the tables whose rows are deleted by a cascade are known', async t => {
  // `deleteRest` finds and pages tables that refer to users. A row in another table goes with the row that it refers to: that
  // one must have few, or they must be deleted in pages before, as derivatives are
  const rows = await db.query<{ name: string }>(
    `select conrelid::regclass || ' of ' || confrelid::regclass as name from pg_constraint
     where contype = 'f' and confrelid <> 'users'::regclass`,
  )
  t.strictSame(rows.map(({ name }) => name).sort(), [
    'derivatives of images',
    'eager_orders of images',
    'import_items of tasks',
    'original_files of images',
    'webhook_deliveries of webhooks',
  ])
})

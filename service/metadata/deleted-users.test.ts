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

t.test('the rows of a deleted user are removed in batches, and those of others stay', async t => {
  const [user, other] = [await createUserWithImages(), await createUserWithImages()]
  let atLast: unknown
  const watched: typeof db = {
    ...db,
    async query(text, values) {
      if (text.startsWith('delete from users')) atLast = await rowsOf(user)
      return db.query(text, values)
    },
  }
  const deletedUsers = new DeletedUserRepository(watched, 2)
  t.equal(await deletedUsers.deleteImages(user), false)
  await deletedUsers.remove(user)
  t.strictSame(await rowsOf(user), [5, 5, 15], 'nothing happens to a user who is not deleted')

  await db.query('update users set deleted_at = now() where id = $1', [user])
  t.equal(await deletedUsers.deleteImages(user), true)
  t.strictSame(await rowsOf(user), [0, 5, 15])
  await deletedUsers.remove(user)
  t.strictSame(atLast, [0, 0, 0], 'nothing is left for the statement that deletes the user')
  t.strictSame(await rowsOf(other), [5, 5, 15])
  t.strictSame(await db.query('select id from users where id = $1', [user]), [])
})

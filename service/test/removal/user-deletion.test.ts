import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DarkroomError } from '../../errors/catalogue.ts'
import { originalKey } from '../../storage/keys.ts'
import { build } from '../support/build.ts'
import { openCallReceiver } from '../support/call-receiver.ts'
import { sweep } from '../support/chores.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { endOf, run, start } from '../support/program.ts'
import { sha256Of } from '../support/replace.ts'
import { bytesOf, openSession, type Session } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(300, 200).png().toBuffer()
const operations = [{ op: 'resize', w: 100 }]

/** Every file of the store whose path names the user. */
async function objectsOf(folder: string, userId: string): Promise<string[]> {
  const files = await readdir(join(folder, 'objects'), { recursive: true })
  return files.filter(file => file.includes(`/${userId}/`))
}

t.test('deleting a user removes all of their data and none of another user', async t => {
  const bench = await build(t)
  const account = { email: 'boss@example.com', password: 'a password of the boss' }
  const boss = await bench.app.auth.accounts.create({ ...account, role: 'admin' })
  const admin = await openSession(bench.url, account)
  const leaver = await bench.join('leaver@example.com')
  const urlsOf = async (session: Session) => {
    const { id, rawUrl } = await session.upload(picture)
    const url = await session.sign({ imageId: id, operations, format: 'jpg' })
    await bytesOf(await session.get(url))
    return [url, rawUrl]
  }
  const [kept, gone] = [await urlsOf(bench), await urlsOf(leaver)]
  await bench.app.delivery.derivativeWriter.idle()
  const folder = bench.environment.DARKROOM_DATA_DIR!
  t.ok((await objectsOf(folder, leaver.userId)).length >= 2)

  const remove = (session: Session, id: string) => session.get(`/api/v1/users/${id}`, { method: 'DELETE' })
  await isProblemResponse(t, await remove(leaver, bench.userId), 'forbidden')
  await isProblemResponse(t, await remove(admin, 'nobody00'), 'not-found')
  await isProblemResponse(t, await remove(admin, boss.id), 'conflict')
  t.equal((await remove(admin, leaver.userId)).status, 204)
  await isProblemResponse(t, await remove(admin, leaver.userId), 'not-found')

  for (const url of gone) {
    await until('their URLs are rejected', 5_000, async () => {
      const response = await bench.get(url)
      await response.body?.cancel()
      return response.status === 403
    })
  }
  await until('their token is rejected', 5_000, async () => (await leaver.get('/api/v1/me')).status === 401)
  t.equal((await leaver.tryUpload(picture)).status, 401)
  await t.rejects(openSession(bench.url, leaver.account), /401/)
  await until('none of their data is stored', 20_000, async () => {
    const rows = await bench.app.database.query('select id from users where id = $1', [leaver.userId])
    return rows.length === 0 && (await objectsOf(folder, leaver.userId)).length === 0
  })
  for (const url of kept) await bytesOf(await bench.get(url))
  await bench.join('leaver@example.com')
})

t.test('the sweep completes a user deletion that crashed', async t => {
  const first = await build(t)
  const leaver = await first.join('leaver@example.com')
  await leaver.upload(picture)
  const folder = first.environment.DARKROOM_DATA_DIR!
  await first.app.database.query('update users set deleted_at = now() where id = $1', [leaver.userId])
  const bench = await first.restart()
  t.ok((await objectsOf(folder, leaver.userId)).length > 0)
  // counting rows may take longer than a statement may: then the deletion begins without a total
  let counted = 0
  t.intercept(bench.app.metadata.deletedUsers, 'countRows', {
    value: async () => {
      counted++
      throw new DarkroomError('unavailable', 'a statement took too long', { isOutage: false })
    },
  })
  await sweep(bench)
  await until('none of their data is left', 20_000, async () => {
    const rows = await bench.app.database.query('select id from users where id = $1', [leaver.userId])
    return rows.length === 0 && (await objectsOf(folder, leaver.userId)).length === 0
  })
  t.equal(counted, 1)
})

t.test('an upload that ends after the deletion of its user leaves nothing', async t => {
  const bench = await build(t)
  const leaver = await bench.join('leaver@example.com')
  const { database } = bench.app
  // as if the deletion had come during the upload
  await database.query('update users set deleted_at = now() where id = $1', [leaver.userId])
  const response = await leaver.tryUpload(picture)
  await isProblemResponse(t, response, 'unauthorized')
  t.strictSame(await objectsOf(bench.environment.DARKROOM_DATA_DIR!, leaver.userId), [])
  t.strictSame(await database.query('select id from images where user_id = $1', [leaver.userId]), [])
})

t.test('an upload whose row is deleted with its user before its file is stored leaves nothing', async t => {
  const bench = await build(t)
  const { userId, app } = bench
  const { store, removal } = app
  const [gone, kept] = ['gonegonegone1234', (await bench.upload(picture)).id]
  await store.put(originalKey(userId, gone, 'png'), picture, { contentType: 'image/png' })
  for (const id of [gone, kept]) await removal.imageDeleter.abandonUpload({ id, userId, extension: 'png' })
  t.equal(await store.size(originalKey(userId, gone, 'png')), undefined)
  const left = await store.size(originalKey(userId, kept, 'png'))
  t.equal(left, picture.length, 'an image that was completed keeps its original')
})

t.test('an original that a killed process has stored after the deletion of its user is deleted', async t => {
  const bench = await build(t)
  const leaver = await bench.join('leaver@example.com')
  const { database, metadata, store } = bench.app
  const { id: replaced } = await leaver.upload(picture)
  // as processes leave them that are killed during an upload and a replacement
  const uploaded = await metadata.images.beginUpload(leaver.userId, { title: '', tags: [] })
  const content = { extension: 'png', sha256: sha256Of(picture) }
  const version = await metadata.originalFiles.begin(leaver.userId, replaced, content)
  await database.query('update users set deleted_at = now() where id = $1', [leaver.userId])
  await sweep(bench)
  await until('the deletion waits for both', 20_000, async () => {
    const rows = await database.query(
      `select id from tasks where kind = 'user-deletion' and state = 'waiting' and position ->> 'step' = 'mark'`,
    )
    return rows.length > 0
  })
  const kept = await database.query<{ id: string }>('select id from images where user_id = $1', [
    leaver.userId,
  ])
  t.strictSame(kept.map(({ id }) => id).sort(), [uploaded, replaced].sort())
  for (const key of [
    originalKey(leaver.userId, uploaded, 'png'),
    originalKey(leaver.userId, replaced, 'png', version),
  ])
    await store.put(key, picture, { contentType: 'image/png' })
  await database.query(`update images set created_at = now() - interval '2 hours'`)
  await database.query(`update original_files set created_at = now() - interval '2 hours'`)
  await database.query(`update tasks set due_at = now() where kind = 'user-deletion'`)
  await until('none of their data is left', 30_000, async () => {
    const rows = await database.query('select id from users where id = $1', [leaver.userId])
    return (
      rows.length === 0 && (await objectsOf(bench.environment.DARKROOM_DATA_DIR!, leaver.userId)).length === 0
    )
  })
})

t.test('objects that cannot be deleted keep nothing of a deleted user but their row', async t => {
  const bench = await build(t)
  const leaver = await bench.join('leaver@example.com')
  const { id } = await leaver.upload(picture)
  await leaver.upload(picture)
  const { database, store } = bench.app
  const [remove, list] = [store.delete.bind(store), store.list.bind(store)]
  // more than are listed at once, and before all others
  const phantoms = Array.from({ length: 1_000 }, (_, index) => `raw/${leaver.userId}/phantom${index}`)
  const listing = t.intercept(store, 'list', {
    async *value(prefix: string) {
      if (prefix.startsWith('raw/')) yield* phantoms
      yield* list(prefix)
    },
  })
  const isLocked = (key: string) => key.includes(id) || key.includes('phantom')
  const locked = t.intercept(store, 'delete', {
    value: async (keys: readonly string[]) => {
      await remove(keys.filter(key => !isLocked(key)))
      if (keys.some(isLocked))
        throw new DarkroomError('unavailable', 'the object is locked', { isOutage: false })
    },
  })
  const ids = () =>
    database.query('select id from users where id = $1 union all select id from images where user_id = $1', [
      leaver.userId,
    ])
  await database.query('update users set deleted_at = now() where id = $1', [leaver.userId])
  await sweep(bench)
  const state = () =>
    database.query<{ state: string }>(
      `select state from tasks where kind = 'user-deletion' order by created_at`,
    )
  await until('the task has failed', 20_000, async () => (await state())[0]?.state === 'failed')
  t.strictSame(await ids(), [{ id: leaver.userId }])
  const folder = bench.environment.DARKROOM_DATA_DIR!
  t.equal((await objectsOf(folder, leaver.userId)).filter(file => file.endsWith('.png')).length, 1)
  for (const interception of [locked, listing]) interception.restore()
  await sweep(bench)
  await until('the user is gone', 20_000, async () => (await ids()).length === 0)
  t.strictSame(await objectsOf(folder, leaver.userId), [])
})

t.test(
  'erase removes a user without a running service, goes on after a kill, and writes a receipt',
  async t => {
    const bench = await build(t)
    const receiver = await openCallReceiver(t)
    const leaver = await bench.join('leaver@example.com')
    const image = await leaver.upload(picture)
    await t.rejects(openSession(bench.url, { ...leaver.account, password: 'wrong' }))
    await bench.close()
    const folder = bench.environment.DARKROOM_DATA_DIR!
    const variables = {
      ...bench.environment,
      DARKROOM_EDGE_PURGE: `${receiver.url}/purge`,
      DARKROOM_EDGE_TOKEN: 'a-secret-of-the-cdn',
    }
    const receipt = join(folder, 'receipt.json')
    const erase = (user: string) => ['erase', '--user', user, '--receipt', receipt, '--by', 'ada', '--yes']
    t.match(await run(erase('leaver@example.com').slice(0, -1), variables), {
      code: 1,
      stderr: /--yes is required/,
    })
    t.match(await run(erase('nobody@example.com'), variables), {
      code: 1,
      stderr: /no user has the id or the address/,
    })

    const killed = start(erase('leaver@example.com'), variables)
    const ended = endOf(killed)
    await until('the draft is written', 20_000, () => readFile(receipt).then(Boolean, () => false))
    killed.kill('SIGKILL')
    await ended
    t.match(await run(erase(bench.userId), variables), { code: 1, stderr: /the file is about another user/ })
    const done = await run(erase(leaver.userId), variables)
    t.match(done, { code: 0, stderr: '', stdout: `erased ${leaver.userId}` })
    const text = await readFile(receipt, 'utf8')
    t.match(JSON.parse(text), {
      ...{ user: leaver.userId, by: 'ada', finishedAt: String, originalBytes: picture.length },
      removed: { profile: 1, images: 1, 'signing-keys': 1 },
      listOfImages: { lines: 1, sha256: sha256Of(Buffer.from(`${image.id}\t${image.sha256}\n`)) },
      cdn: { tag: `u-${leaver.userId}`, configured: true, purged: true },
    })
    t.notMatch(text, /leaver@/)
    t.same(receiver.tags(), [`u-${leaver.userId}`])
    t.same(await objectsOf(folder, leaver.userId), [])
    const again = await bench.restart()
    const { database } = again.app
    t.same(await database.query('select id from users where id = $1', [leaver.userId]), [])
    const named = await database.query(
      `select action from audit where subject like 'leaver@%' or user_id = $1 and address <> 'erased'`,
      [leaver.userId],
    )
    t.same(named, [], 'the audit log does not name them')
    t.match(await run(erase(leaver.userId), variables), { code: 1, stderr: /--receipt: the file exists/ })
  },
)

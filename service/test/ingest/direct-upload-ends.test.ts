import { once } from 'node:events'
import { connect } from 'node:net'
import { administrator } from '../support/administrator.ts'
import { type Bench, build, type Environment } from '../support/build.ts'
import { sweep } from '../support/chores.ts'
import {
  abandon,
  complete,
  inBucket,
  incomingObjects,
  keysOf,
  put,
  putNew,
  type Received,
  rowsIn,
  sha256Of,
  stagedFiles,
  startUpload,
  tryStart,
} from '../support/direct.ts'
import { another, buildLimited } from '../support/limited.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { sharedS3 } from '../support/services/s3.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(300, 200).jpeg().toBuffer()
const sameLength = Buffer.from(picture.map(byte => byte ^ 1))

const server = await sharedS3()
t.teardown(() => server?.stop())
const places: Record<string, () => Promise<Environment>> = {
  files: async () => ({}),
  ...(server && { S3: () => inBucket(server) }),
}

const change = ({ app: { database } }: Bench, what: string, id: string) =>
  database.query(`update direct_uploads set ${what} where id = $1`, [id])

const keyOf = ({ userId }: { userId: string }, id: string) => `incoming/${userId}/${id}`

for (const [place, environment] of Object.entries(places)) {
  t.test(`${place}: a file with another length or hash ends the upload`, async t => {
    const bench = await build(t, await environment())
    const target = await startUpload(bench, picture)
    const answer = await put(target, sameLength)
    // current S3 servers verify the checksum; the service always does
    if (answer.ok) await isProblemResponse(t, await complete(bench, target.id), 'mismatch')
    else {
      t.ok([400, 403, 422].includes(answer.status), `${answer.status}`)
      await isProblemResponse(t, await complete(bench, target.id), 'conflict', 'nothing was stored')
    }
    t.strictSame(await incomingObjects(bench, bench), [])

    for (const [name, file] of Object.entries({
      'sha256: ': sameLength,
      'bytes: ': picture.subarray(1),
    })) {
      const { id } = await putNew(bench, picture)
      await bench.app.store.put(keyOf(bench, id), Buffer.from(file), { contentType: 'image/jpeg' })
      t.match(await isProblemResponse(t, await complete(bench, id), 'mismatch', name), new RegExp(`^${name}`))
      await isProblemResponse(t, await complete(bench, id), 'not-found', name)
      t.strictSame(await incomingObjects(bench, bench), [], name)
    }
    await read(await complete(bench, (await putNew(bench, picture)).id), 201)
    t.equal((await keysOf(bench, bench, 'raw')).length, 1)
  })

  t.test(`${place}: the sweep removes expired and orphaned uploads after a restart`, async t => {
    const first = await build(t, await environment())
    const [over, kept, orphan] = [
      await putNew(first, picture),
      await putNew(first, picture),
      await putNew(first, picture),
    ]
    await change(first, 'expires_at = now()', over.id)
    await isProblemResponse(t, await complete(first, over.id), 'expired')
    await first.app.database.query('delete from direct_uploads where id = $1', [orphan.id])
    const bench = await first.restart()
    await sweep(bench)
    t.strictSame(await incomingObjects(bench, bench), [keyOf(bench, kept.id)])
    t.equal(await rowsIn(bench, bench), 1)
    await isProblemResponse(t, await complete(bench, over.id), 'not-found')
    t.ok((await put(kept, picture)).ok, 'an upload URL is valid after a restart')
    await read(await complete(bench, kept.id), 201)
  })

  t.test(`${place}: a crash during completion leads to no second image`, async t => {
    const bench = await build(t, await environment())
    const { id } = await putNew(bench, picture)
    const begun = await bench.app.metadata.images.beginUpload(bench.userId, { title: '', tags: [] })
    await change(bench, `image_id = '${begun}', claimed_until = now() + interval '1 minute'`, id)
    await isProblemResponse(t, await complete(bench, id), 'conflict', 'the claim is still valid')
    await isProblemResponse(t, await abandon(bench, id), 'conflict', 'the claim is still valid')
    await change(bench, 'claimed_until = now()', id)
    const image = await read<Received>(await complete(bench, id), 201)
    t.not(image.id, begun)
    await t.rejects(bench.app.metadata.images.completeUpload(begun, contentOf(image)), { code: 'conflict' })

    // a crash after the image was made and before the upload was marked as complete
    await change(bench, `done_at = null, claimed_until = now()`, id)
    await bench.app.store.put(keyOf(bench, id), picture, { contentType: 'image/jpeg' })
    t.equal((await read<Received>(await complete(bench, id), 200)).id, image.id)
    t.strictSame(await incomingObjects(bench, bench), [])
    t.equal((await keysOf(bench, bench, 'raw')).length, 1)
  })

  t.test(`${place}: the deletion of a user removes their incoming files`, async t => {
    const bench = await build(t, await environment())
    const admin = await administrator(bench)
    const leaver = await bench.join('leaver@example.com')
    const [kept, target] = [await putNew(bench, picture), await putNew(leaver, picture)]
    t.equal((await admin.get(`/api/v1/users/${leaver.userId}`, { method: 'DELETE' })).status, 204)
    await until('nothing of the user is left', 20_000, async () => {
      return (await rowsIn(bench, leaver)) === 0 && (await incomingObjects(bench, leaver)).length === 0
    })
    await put(target, picture)
    await sweep(bench)
    t.strictSame(
      await incomingObjects(bench, leaver),
      [],
      'a file that is put after the deletion is removed, too',
    )
    t.strictSame(await incomingObjects(bench, bench), [keyOf(bench, kept.id)])
  })
}

function contentOf({ format, width, height, pages, bytes, sha256 }: Received) {
  return { extension: format, format, width, height, pages, bytes, sha256, facts: {} }
}

const statuses = async (answers: readonly Promise<Response>[]) =>
  (await Promise.all(answers)).map(({ status }) => status).sort()

t.test('uploads that start in two processes never exceed the quotas', async t => {
  const { bench, limit } = await buildLimited(t, { storageBytes: Math.floor(picture.length * 2.5) })
  const other = await another(t, bench)
  const asked = [bench, other, bench, other, bench, other].map(session => tryStart(session, picture))
  t.strictSame(await statuses(asked), [201, 201, 403, 403, 403, 403])
  const detail = await isProblemResponse(t, await bench.tryUpload(picture), 'over-limit', 'an upload')
  t.match(detail, new RegExp(`${2 * picture.length} are in use`))
  await bench.app.database.query('delete from direct_uploads')

  const ways = [await putNew(bench, picture), await putNew(bench, picture)]
  for (const { id } of ways) await read(await complete(bench, id), 201)
  await isProblemResponse(t, await tryStart(bench, picture), 'over-limit')
  t.equal((await tryStart(bench, picture.subarray(0, picture.length / 4))).status, 201)

  await bench.app.database.query('delete from direct_uploads')
  await read(await limit({ images: 3 }))
  const one = await putNew(bench, picture)
  const refused = await isProblemResponse(t, await tryStart(bench, picture), 'over-limit')
  t.equal(refused, 'images: at most 3')
  t.equal((await abandon(bench, one.id)).status, 204)
  const next = await putNew(bench, picture)
  await read(await limit({ images: 2 }))
  await isProblemResponse(
    t,
    await complete(bench, next.id),
    'over-limit',
    'a lower limit rejects a started upload',
  )
  await read(await limit({ images: 3 }))
  await read(await complete(bench, next.id), 201)
})

t.test('a user has at most 100 pending direct uploads', async t => {
  const bench = await build(t)
  await bench.app.database.query(
    `insert into direct_uploads (id, user_id, bytes, sha256, title, tags, expires_at)
     select 'upload' || n, $1, 1, repeat('a', 64), '', '{}', now() + interval '1 hour' from generate_series(1, 99) as n`,
    [bench.userId],
  )
  t.strictSame(
    await statuses([1, 2, 3].map(() => tryStart(bench, picture))),
    [201, 429, 429],
    'also for concurrent requests',
  )
  t.equal((await abandon(bench, 'upload7')).status, 204)
  t.equal((await tryStart(bench, picture)).status, 201)
  const neighbour = await bench.join('neighbour@example.com')
  t.equal((await tryStart(neighbour, picture)).status, 201)
})

t.test('taken-down content is rejected at the start and at completion', async t => {
  const bench = await build(t)
  const admin = await administrator(bench)
  const { id } = await putNew(bench, picture)
  const order = { sha256: sha256Of(picture), reason: 'a court said so' }
  await read(await callJson(admin, 'POST', '/api/v1/takedowns', order), 201)
  await isProblemResponse(t, await tryStart(bench, picture), 'taken-down')
  await isProblemResponse(t, await complete(bench, id), 'taken-down')
  t.strictSame(await incomingObjects(bench, bench), [])
})

t.test('the upload URL of a disabled user is rejected', async t => {
  const bench = await build(t)
  const admin = await administrator(bench)
  const target = await startUpload(bench, picture)
  await read(await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, { disabled: true }))
  await isProblemResponse(t, await put(target, picture), 'not-found')
  await read(await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, { disabled: false }))
  t.equal((await put(target, picture)).status, 204)
  t.strictSame(
    await bytesOf(await bench.get(target.url)).catch(() => 'rejected'),
    'rejected',
    'the URL is for PUT only',
  )
})

t.test('an aborted PUT leaves nothing', async t => {
  const bench = await build(t)
  const target = await startUpload(bench, picture)
  const { host, port, pathname, search } = new URL(target.url)
  const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  socket.write(
    `PUT ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${picture.length}\r\n\r\n`,
  )
  socket.write(picture.subarray(0, picture.length / 2))
  await until('the upload has begun', 10_000, async () => (await stagedFiles(bench)).length === 1)
  socket.destroy()
  await until('the staging directory is empty', 10_000, async () => (await stagedFiles(bench)).length === 0)
  t.strictSame(await incomingObjects(bench, bench), [])
  t.equal((await put(target, picture)).status, 204, 'the client can retry')
  await read(await complete(bench, target.id), 201)
})

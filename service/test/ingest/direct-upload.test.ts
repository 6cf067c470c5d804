import { randomUUID } from 'node:crypto'
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
  stagedFiles,
  startUpload,
  tryStart,
  type UploadTarget,
} from '../support/direct.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { sharedS3 } from '../support/services/s3.ts'
import { bytesOf, read, type Session } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'

const picture = await photo(300, 200).jpeg().toBuffer()
const other = await photo(200, 300).jpeg().toBuffer()

async function isEmpty(t: Test, bench: Bench, user: Session, name: string): Promise<void> {
  t.strictSame(await incomingObjects(bench, user), [], `${name}: no incoming object is left`)
  t.strictSame(await stagedFiles(bench), [], `${name}: no staged file is left`)
}

/** The contract of direct uploads, which every store must fulfil. */
const promises: Record<string, (t: Test, user: Session, bench: Bench) => Promise<void>> = {
  async 'a file that was sent becomes an image'(t, user, bench) {
    const labels = { title: 'Sea', tags: ['blue', 'wide'], fileName: '/tmp/boat.jpg' }
    const target = await startUpload(user, picture, labels)
    t.match(target, { method: 'PUT', id: /^[a-z0-9]{16}$/ })
    const left = Date.parse(target.expiresAt) - Date.now()
    t.ok(left > 600_000 && left <= 900_000, `${left} ms are left`)
    await isProblemResponse(t, await complete(user, target.id), 'conflict', 'nothing was sent yet')
    t.ok((await put(target, picture)).ok)
    t.strictSame(await incomingObjects(bench, user), [`incoming/${user.userId}/${target.id}`])
    t.strictSame(await keysOf(bench, user, 'raw'), [], 'there is no image yet')

    const answer = await complete(user, target.id)
    const image = await read<Received>(answer, 201)
    t.equal(answer.headers.get('location'), `/api/v1/images/${image.id}`)
    t.match(image, { title: 'Sea', tags: ['blue', 'wide'], fileName: 'boat.jpg', format: 'jpg', width: 300 })
    t.strictSame(image.duplicates, [])
    t.ok((await bytesOf(await user.get(image.rawUrl))).equals(picture))
    await isEmpty(t, bench, user, 'complete')

    const { duplicates, ...again } = await read<Received>(await complete(user, target.id), 200)
    t.strictSame([again.id, duplicates], [image.id, []], 'a repeated completion returns the same image')
    const { id } = await putNew(user, picture)
    t.strictSame((await read<Received>(await complete(user, id), 201)).duplicates, [image.id])
    t.equal((await keysOf(bench, user, 'raw')).length, 2)
    await user.get(`/api/v1/images/${image.id}`, { method: 'DELETE' })
    await isProblemResponse(t, await complete(user, target.id), 'deleted')
  },

  async 'concurrent completions make one image'(t, user, bench) {
    const { id } = await putNew(user, picture)
    const answers = await Promise.all(Array.from({ length: 6 }, () => complete(user, id)))
    const statuses = answers.map(({ status }) => status)
    t.equal(statuses.filter(status => status === 201).length, 1, statuses.join())
    t.ok(
      statuses.every(status => [200, 201, 409].includes(status)),
      statuses.join(),
    )
    const made = await Promise.all(
      answers.filter(({ ok }) => ok).map(answer => read<Received>(answer, answer.status)),
    )
    t.equal(new Set(made.map(image => image.id)).size, 1)
    t.equal((await keysOf(bench, user, 'raw')).length, 1)
    await isEmpty(t, bench, user, 'complete')
  },

  async 'a file with another length or hash is rejected'(t, user, bench) {
    const target = await startUpload(user, picture)
    for (const [name, file] of Object.entries({
      shorter: picture.subarray(1),
      longer: Buffer.concat([picture, Buffer.from('x')]),
      empty: Buffer.alloc(0),
    }))
      t.ok([403, 422].includes((await put(target, file)).status), name)
    t.strictSame(await incomingObjects(bench, user), [])
    for (const url of [
      target.url.replace(target.id, 'a'.repeat(target.id.length)),
      target.url.replace(/[?&](s|X-Amz-Signature)=[^&]*/, ''),
      target.url.replace(/([?&](?:e|X-Amz-Expires)=)\d+/, '$199999999999'),
    ])
      t.ok([400, 403].includes((await put({ ...target, url }, picture)).status), url)
    t.strictSame(await incomingObjects(bench, user), [])
    t.ok((await put(target, picture)).ok, 'the URL is still valid')
    await read(await complete(user, target.id), 201)
  },

  async 'a file that is no image, or a damaged one, ends the upload'(t, user, bench) {
    for (const [code, file] of [
      ['not-an-image', Buffer.from('hello')],
      ['undecodable', picture.subarray(0, picture.length / 2)],
    ] as const) {
      const { id } = await putNew(user, file)
      await isProblemResponse(t, await complete(user, id), code)
      await isProblemResponse(t, await complete(user, id), 'not-found', `${code}, repeated`)
      await isEmpty(t, bench, user, code)
    }
    t.equal(await rowsIn(bench, user), 0)
    t.strictSame(await keysOf(bench, user, 'raw', 'rungs'), [])
    await read(await complete(user, (await putNew(user, picture)).id), 201)
  },

  async 'other users do not find a direct upload'(t, user, bench) {
    const stranger = await bench.join('stranger@example.com')
    const { id } = await putNew(user, picture)
    for (const name of [id, 'nobody00', 'import', '..%2f', '%00', 'x'.repeat(60)]) {
      const code = name === '%00' ? 'bad-request' : 'not-found'
      await isProblemResponse(t, await complete(stranger, name), code, name)
      await isProblemResponse(t, await abandon(stranger, name), code, name)
    }
    await read(await complete(user, id), 201)
    await isProblemResponse(t, await complete(stranger, id), 'not-found')
  },

  async 'other users cannot send, replace, complete or cancel a direct upload'(t, user, bench) {
    const stranger = await bench.join(`${randomUUID()}@example.com`)
    const [theirs, waiting] = [await putNew(user, picture), await startUpload(user, other)]
    const own = await startUpload(stranger, other)
    // the id of the victim in the path, the signature of the stranger
    const onto = ({ id }: UploadTarget) =>
      own.url.replace(own.id, id).replace(`incoming/${stranger.userId}`, `incoming/${user.userId}`)
    const swapped = [theirs, waiting].flatMap(target => [
      onto(target),
      own.url.replace(own.id, target.id),
      own.url.replace(own.id, `../${user.userId}/${target.id}`),
      own.url.replace(own.id, encodeURIComponent(`../${user.userId}/${target.id}`)),
      target.url.split('?')[0] + new URL(own.url).search,
      target.url.split('?')[0] ?? '',
    ])
    for (const url of swapped) {
      const { status } = await put({ url, headers: own.headers }, other)
      t.ok([400, 403, 404].includes(status), `${status} ${url}`)
    }
    const content = `/api/v1/images/direct/${waiting.id}/content`
    const headers = {
      authorization: `Bearer ${stranger.token}`,
      'content-type': 'application/octet-stream',
    }
    const unsigned = await stranger.get(content, { method: 'PUT', headers, body: new Uint8Array(other) })
    await isProblemResponse(t, unsigned, 'bad-signature', 'a token is no signature')
    for (const { id } of [theirs, waiting])
      for (const call of [complete, abandon])
        await isProblemResponse(t, await call(stranger, id), 'not-found', `${call.name} ${id}`)
    for (const field of ['id', 'key', 'userId', 'imageId', 'url'])
      await isProblemResponse(t, await tryStart(stranger, other, { [field]: theirs.id }), 'bad-request')

    t.strictSame(await incomingObjects(bench, user), [`incoming/${user.userId}/${theirs.id}`])
    t.strictSame(await incomingObjects(bench, stranger), [])
    t.equal(await rowsIn(bench, user), 2, 'both uploads are still pending')
    t.equal(await rowsIn(bench, stranger), 1)
    const image = await read<Received>(await complete(user, theirs.id), 201)
    t.ok((await bytesOf(await user.get(image.rawUrl))).equals(picture), 'the file is the one of its user')
    await isProblemResponse(t, await complete(user, waiting.id), 'conflict', 'nothing was put for it')
  },

  async 'a direct upload can be cancelled unless it is complete'(t, user, bench) {
    const target = await putNew(user, picture)
    t.equal((await abandon(user, target.id)).status, 204)
    await isEmpty(t, bench, user, 'cancelled')
    for (const call of [abandon, complete])
      await isProblemResponse(t, await call(user, target.id), 'not-found')
    const { id } = await putNew(user, picture)
    await read(await complete(user, id), 201)
    await isProblemResponse(t, await abandon(user, id), 'conflict')
    t.equal((await keysOf(bench, user, 'raw')).length, 1)
  },

  async 'a file that is sent after completion or cancellation changes no image, and is removed'(
    t,
    user,
    bench,
  ) {
    const [done, gone, open] = [
      await putNew(user, picture),
      await startUpload(user, other),
      await putNew(user, other),
    ]
    const image = await read<Received>(await complete(user, done.id), 201)
    t.equal((await abandon(user, gone.id)).status, 204)
    // S3 accepts a late PUT; the service rejects it
    for (const [target, file] of [
      [done, picture],
      [gone, other],
    ] as const)
      await put(target, file)
    t.ok((await bytesOf(await user.get(image.rawUrl))).equals(picture))
    await sweep(bench)
    t.strictSame(
      await incomingObjects(bench, user),
      [`incoming/${user.userId}/${open.id}`],
      'the file of a pending upload stays',
    )
    await read(await complete(user, open.id), 201)
  },

  async 'invalid fields of a new upload are rejected by name'(t, user, bench) {
    const cases: [more: object, words: RegExp][] = [
      [{ bytes: 0 }, /^bytes/],
      [{ bytes: 1.5 }, /^bytes/],
      [{ bytes: -1 }, /^bytes/],
      [{ bytes: null }, /^bytes/],
      [{ sha256: 'ab' }, /^sha256/],
      [{ sha256: 'x'.repeat(64) }, /^sha256/],
      [{ sha256: undefined }, /^sha256: is required/],
      [{ title: 'x'.repeat(201) }, /^title/],
      [{ tags: ['x'.repeat(65)] }, /^tags/],
      [{ key: 'raw/a/b' }, /^key: is an unknown field/],
    ]
    for (const [more, words] of cases)
      t.match(await isProblemResponse(t, await tryStart(user, picture, more), 'bad-request'), words)
    await isProblemResponse(t, await tryStart(user, picture, { bytes: 50_000_001 }), 'too-large')
    t.equal(await rowsIn(bench, user), 0)
  },
}

const server = await sharedS3()
t.teardown(() => server?.stop())
const places: Record<string, () => Promise<Environment>> = {
  files: async () => ({}),
  ...(server && {
    S3: () => inBucket(server),
    'S3 that clients cannot reach': () => inBucket(server, '&direct=off'),
  }),
}
for (const [place, environment] of Object.entries(places)) {
  await t.test(place, async t => {
    const bench = await build(t, await environment())
    for (const [promise, prove] of Object.entries(promises))
      await t.test(promise, async t => prove(t, await bench.join(`${randomUUID()}@example.com`), bench))
  })
}

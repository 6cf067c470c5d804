import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { administrator } from '../support/administrator.ts'
import { type Bench, build } from '../support/build.ts'
import { openCallReceiver } from '../support/call-receiver.ts'
import { objectsOf, recordsOf } from '../support/objects.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(600, 400).jpeg().toBuffer()
const sha256 = createHash('sha256').update(picture).digest('hex')
const innocent = await photo(600, 400, 2).jpeg().toBuffer()

interface Shown {
  readonly sha256: string
  readonly reason: string
  readonly by: string
  readonly createdAt: string
}

interface Listed {
  readonly items: readonly Shown[]
  readonly nextCursor: string | null
}

const take = (session: Session, body: unknown) => callJson(session, 'POST', '/api/v1/takedowns', body)

const lift = (session: Session, hash: string) =>
  session.get(`/api/v1/takedowns/${hash}`, { method: 'DELETE' })

const stateOf = async (bench: Bench) =>
  (await bench.app.database.query<{ state: string }>('select state from images order by state')).map(
    ({ state }) => state,
  )

t.test('a takedown deletes the content of all users and blocks uploads until it is lifted', async t => {
  const edge = await openCallReceiver(t)
  const bench = await build(t, { DARKROOM_EDGE_PURGE: edge.url, DARKROOM_EDGE_TOKEN: 'secret' })
  const admin = await administrator(bench)
  const other = await bench.join('other@example.com')
  const [mine, theirs] = [await bench.upload(picture), await other.upload(picture)]
  const host = await other.upload(innocent)
  const urls = [
    await bench.sign({ imageId: mine.id, format: 'png' }),
    await other.sign({ imageId: theirs.id, format: 'png' }),
    await other.sign(`/processed/${other.userId}/${host.id}_overlay_i-${theirs.id}.png`),
  ]
  for (const url of urls) await bytesOf(await bench.get(url))
  await bench.app.delivery.derivativeWriter.idle()

  const taken = await read<Shown>(await take(admin, { imageId: mine.id, reason: 'a court said so' }), 201)
  t.match(taken, { sha256, reason: 'a court said so', by: admin.userId, createdAt: /^20.*Z$/, images: 2 })
  for (const url of [...urls, mine.rawUrl, theirs.rawUrl]) {
    await until('it is gone', 5000, async () => (await bench.get(url)).status === 410)
    await isProblemResponse(t, await bench.get(url), 'deleted')
  }
  await until('the objects are gone', 10_000, async () => (await objectsOf(bench, 'processed')).length === 0)
  await until('the originals are gone', 10_000, async () => (await objectsOf(bench, 'raw')).length === 1)
  await until('the records are gone', 10_000, async () => (await recordsOf(bench)).length === 0)
  const tags = [mine.id, theirs.id, host.id].map(id => `i-${id}`)
  await until('the CDN is purged', 10_000, () => tags.every(tag => edge.tags().includes(tag)))

  for (const session of [bench, other, admin])
    await isProblemResponse(t, await session.tryUpload(picture), 'taken-down')
  t.strictSame(await objectsOf(bench, 'raw'), [`${host.id}-orig.jpg`], 'rejected uploads leave no object')
  t.strictSame(await stateOf(bench), ['deleted', 'deleted', 'ready'])
  await bench.upload(innocent)

  t.equal((await lift(admin, sha256)).status, 204)
  await isProblemResponse(t, await lift(admin, sha256), 'not-found')
  await bench.upload(picture)
  await isProblemResponse(t, await bench.get(urls[0]!), 'deleted', 'a deleted image stays deleted')
})

t.test('a takedown rejects concurrent uploads of the content', async t => {
  const bench = await build(t)
  const admin = await administrator(bench)
  for (const pauseMs of [0, 5, 10, 20, 30, 45, 60, 90]) {
    const uploads = [1, 2, 3].map(() => bench.tryUpload(picture))
    await setTimeout(pauseMs)
    await read(await take(admin, { sha256, reason: 'race' }), 201)
    for (const response of await Promise.all(uploads)) {
      if (response.status === 201) await response.body?.cancel()
      else await isProblemResponse(t, response, 'taken-down')
    }
    t.notOk((await stateOf(bench)).includes('ready'), 'no image of the content is ready')
    await until(
      'rejected uploads leave no object',
      10_000,
      async () => (await objectsOf(bench, 'raw', 'rungs')).length === 0,
    )
    t.equal((await lift(admin, sha256)).status, 204)
  }
})

t.test('takedowns are listed in pages, the latest first', async t => {
  const bench = await build(t)
  const admin = await administrator(bench)
  const hashes = ['1', '2', '3'].map(digit => digit.repeat(64))
  for (const hash of hashes) {
    await read(await take(admin, { sha256: hash, reason: `because of ${hash[0]}` }), 201)
    await setTimeout(5)
  }
  await read(await take(admin, { sha256: hashes[0], reason: 'for another reason' }), 201)
  const found: Shown[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const response = await admin.get(`/api/v1/takedowns?limit=2${cursor && `&cursor=${cursor}`}`)
    const page: Listed = await read<Listed>(response)
    found.push(...page.items)
    cursor = page.nextCursor
  }
  t.strictSame(
    found.map(item => item.sha256),
    hashes.toReversed(),
  )
  t.equal(found.at(-1)?.reason, 'for another reason')
  await isProblemResponse(t, await admin.get('/api/v1/takedowns?cursor=x'), 'bad-request')
})

t.test('takedowns are for administrators only', async t => {
  const bench = await build(t)
  const admin = await administrator(bench)
  const { id } = await bench.upload(picture)
  for (const body of [{ imageId: id, reason: 'mine' }, { sha256, reason: 'x' }, {}])
    await isProblemResponse(t, await take(bench, body), 'forbidden')
  await isProblemResponse(t, await bench.get('/api/v1/takedowns'), 'forbidden')
  await isProblemResponse(t, await lift(bench, sha256), 'forbidden')
  await isProblemResponse(
    t,
    await bench.get('/api/v1/takedowns', { headers: { authorization: '' } }),
    'unauthorized',
  )

  await isProblemResponse(t, await take(admin, { imageId: 'unknown1', reason: 'x' }), 'not-found')
  const cases: [body: unknown, words: RegExp][] = [
    [{ reason: 'x' }, /^imageId, sha256: expected exactly one/],
    [{ imageId: id, sha256, reason: 'x' }, /^imageId, sha256: expected exactly one/],
    [{ imageId: id }, /^reason: is required/],
    [{ imageId: id, reason: '' }, /^reason/],
    [{ imageId: id, reason: 'x'.repeat(501) }, /^reason/],
    [{ sha256: sha256.toUpperCase(), reason: 'x' }, /^sha256/],
    [{ sha256, reason: 'x', by: 'me' }, /^by: is an unknown field/],
  ]
  for (const [body, words] of cases)
    t.match(await isProblemResponse(t, await take(admin, body), 'bad-request'), words, JSON.stringify(body))
  t.strictSame(await stateOf(bench), ['ready'])
})

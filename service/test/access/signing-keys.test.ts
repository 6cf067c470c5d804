import { createClient } from '../../client/index.ts'
import { startSecondProcess } from '../support/beside.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

interface ShownKey {
  readonly id: string
  readonly state: string
  readonly secret: string
  readonly createdAt: string
  readonly lastUsedAt: string | null
}

const bench = await build(t)
const other = await startSecondProcess(t, bench)
const picture = await photo(120, 80).png().toBuffer()
const path = '/api/v1/signing-keys'
const create = async () => read<ShownKey>(await callJson(bench, 'POST', path, {}), 201)
const set = (id: string, state: string) => callJson(bench, 'PATCH', `${path}/${id}`, { state })
const keyOf = (url: string) => new URL(url).searchParams.get('k')
const at = (place: string, url: string) => place + new URL(url).pathname + new URL(url).search

t.test(
  'a key is rotated without a failed request, and a revoked key is rejected by every process',
  async t => {
    const image = await bench.upload(picture)
    const url = (w: number) =>
      bench.sign({ imageId: image.id, operations: [{ op: 'resize', w }], format: 'jpg' })
    const before = await url(40)
    const [old] = (await read<{ items: ShownKey[] }>(await bench.get(path))).items
    t.equal(keyOf(before), old!.id)
    for (const place of [bench.url, other]) await bytesOf(await fetch(at(place, before)))

    const next = await create()
    t.match(next, { id: /^[a-z0-9]{8}$/, state: 'active', secret: /^[\w-]{43}$/ })
    t.match(await read(await set(old!.id, 'retiring')), { id: old!.id, state: 'retiring' })
    const after = await url(41)
    t.equal(keyOf(after), next.id, 'new URLs are signed with the new key')
    const retiredOnly = await url(40)
    t.equal(keyOf(retiredOnly), next.id)
    // a client with the secret can sign, too
    const { userId } = bench
    const own = createClient({ baseUrl: bench.url, userId, keyId: next.id, secret: next.secret })
    const signedOutside = await own.url(image.id, [{ op: 'resize', w: 42 }], { format: 'jpg' })
    for (const place of [bench.url, other])
      for (const one of [before, after, signedOutside]) await bytesOf(await fetch(at(place, one)))

    const used = async ({ id }: ShownKey) => {
      const { items } = await read<{ items: ShownKey[] }>(await bench.get(path))
      return items.find(key => key.id === id)!.lastUsedAt
    }
    for (const key of [old!, next]) {
      await until('its use is recorded', 5000, async () => (await used(key)) !== null)
      t.ok((await used(key))! >= key.createdAt)
    }
    const idle = await create()
    t.equal(idle.lastUsedAt, null)

    t.match(await read(await set(old!.id, 'revoked')), { state: 'revoked' })
    for (const place of [bench.url, other])
      await until(
        'the old URL is rejected',
        5000,
        async () => (await fetch(at(place, before))).status === 403,
      )
    for (const place of [bench.url, other])
      for (const one of [after, signedOutside]) await bytesOf(await fetch(at(place, one)))
  },
)

t.test('a key can change between active and retiring, but a revoked key stays revoked', async t => {
  const { id } = await create()
  for (const state of ['retiring', 'active', 'active', 'retiring', 'revoked', 'revoked']) {
    t.match(await read(await set(id, state)), { id, state })
  }
  for (const state of ['active', 'retiring']) await isProblemResponse(t, await set(id, state), 'conflict')
  const unknown = await isProblemResponse(t, await set(id, 'lost'), 'bad-request')
  t.match(unknown, /state.*active, retiring, revoked/)
  const list = await read<{ items: ShownKey[]; nextCursor: null }>(await bench.get(path))
  t.equal(list.nextCursor, null)
  for (const key of list.items) {
    t.strictSame(Object.keys(key).sort(), ['createdAt', 'id', 'lastUsedAt', 'state'])
  }
})

t.test("another user's key is not found", async t => {
  const eve = await bench.join('eve@example.com')
  const { id } = await create()
  for (const state of ['revoked', 'retiring', 'active']) {
    await isProblemResponse(t, await callJson(eve, 'PATCH', `${path}/${id}`, { state }), 'not-found')
  }
  const shown = await read<{ items: ShownKey[] }>(await eve.get(path))
  t.notOk(shown.items.some(key => key.id === id))
  t.match(await read(await bench.get(path)), { items: [{ id, state: 'active' }] })
})

t.test('the number of keys is limited, and old revoked keys are deleted', async t => {
  const max = await bench.join('max@example.com')
  const { database } = bench.app
  const fill = (prefix: string, state: string, count: number) =>
    database.query(
      `insert into signing_keys (user_id, id, sealed_secret, state, created_at)
       select $1, $2 || n, k.sealed_secret, $3, now() - n * interval '1 minute'
       from signing_keys k, generate_series(1, $4) as n where user_id = $1 and k.id = $5`,
      [max.userId, prefix, state, count, max.key.id],
    )
  await fill('revoked', 'revoked', 150)
  await fill('active', 'active', 18)
  const made = await read<ShownKey>(await callJson(max, 'POST', path, {}), 201)
  await isProblemResponse(t, await callJson(max, 'POST', path, {}), 'conflict')
  const rows = await database.query<{ id: string }>(
    "select id from signing_keys where user_id = $1 and state = 'revoked'",
    [max.userId],
  )
  t.equal(rows.length, 100)
  t.ok(rows.some(({ id }) => id === 'revoked1') && !rows.some(({ id }) => id === 'revoked150'))
  await read(await callJson(max, 'PATCH', `${path}/${made.id}`, { state: 'revoked' }))
  await read(await callJson(max, 'POST', path, {}), 201)
})

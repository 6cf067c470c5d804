import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson, type Session } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(900, 600).jpeg().toBuffer()

const purge = (session: Session, body: unknown) => callJson(session, 'POST', '/api/v1/purge', body)

const purgeImage = (session: Session, id: string) =>
  session.get(`/api/v1/images/${id}/purge`, { method: 'POST' })

t.test('an invalid purge is rejected by field and reveals nothing about other users', async t => {
  const bench = await build(t)
  const stranger = await bench.join('stranger@example.com')
  const { id } = await bench.upload(picture)
  for (const unknown of [id, 'unknown1', 'A%2F..', '__proto__'])
    await isProblemResponse(t, await purgeImage(stranger, unknown), 'not-found')
  await isProblemResponse(t, await purge(stranger, { imageId: id }), 'not-found')
  await isProblemResponse(t, await stranger.get(`/api/v1/images/${id}/derivatives`), 'not-found')
  const cases: [body: unknown, words: RegExp][] = [
    [{}, /imageId, tag, preset, all: none is given/],
    [{ tag: 'a', all: true }, /tag, all are given/],
    [{ all: false }, /^all/],
    [{ tag: '' }, /^tag/],
    [{ tag: 'x'.repeat(65) }, /^tag/],
    [{ tag: 'a\u0000b' }, /^tag/],
    [{ preset: '.*' }, /^preset/],
    [{ imageId: { a: 1 } }, /^imageId/],
    [{ user: 'x' }, /^user: is an unknown field/],
  ]
  for (const [body, words] of cases)
    t.match(await isProblemResponse(t, await purge(bench, body), 'bad-request'), words, JSON.stringify(body))
  const url = `${bench.url}/api/v1/purge`
  const unsigned = await fetch(url, {
    method: 'POST',
    body: '{"all":true}',
    headers: { 'content-type': 'application/json' },
  })
  await isProblemResponse(t, unsigned, 'unauthorized')
})

t.test('purges of many images are rate-limited per user', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const statuses: number[] = []
  for (let count = 0; count < 21; count++) statuses.push((await purge(bench, { tag: `t${count}` })).status)
  t.strictSame(new Set(statuses.slice(0, 20)), new Set([202]))
  await isProblemResponse(t, await purge(bench, { all: true }), 'too-many-requests')
  t.equal((await purge(other, { all: true })).status, 202)
})

t.test('a preset stays when its purge cannot be created', async t => {
  const bench = await build(t)
  const { database } = bench.app
  const path = '/api/v1/presets/small'
  t.equal((await callJson(bench, 'PUT', path, { operations: 'resize_w-90' })).status, 200)
  // as many unfinished tasks as a user may have, of a kind that no process takes
  await database.query(
    `insert into tasks (id, kind, key, user_id, subject, payload)
     select 'other' || number, 'other', number, $1, '', '{}' from generate_series(1, 100) as number`,
    [bench.userId],
  )
  await isProblemResponse(t, await bench.get(path, { method: 'DELETE' }), 'too-many-requests')
  t.equal((await bench.get(path)).status, 200)
  await database.query(`delete from tasks where kind = 'other'`)
  t.equal((await bench.get(path, { method: 'DELETE' })).status, 204)
  await isProblemResponse(t, await bench.get(path, { method: 'DELETE' }), 'not-found')
  t.match(await database.query(`select subject from tasks where kind = 'purge'`), [
    { subject: 'preset small' },
  ])
})

import { build } from '../support/build.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson, read, type Session } from '../support/session.ts'
import t from '../support/tap.ts'
import { base, create, deliveries, post, redeliver } from '../support/webhook-calls.ts'

t.test('webhooks are created, shown, changed and deleted by their user only', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const { secret, ...shown } = await create(bench, 'https://example.com/hook?x=1', 'image.ready')
  t.match(shown, { url: 'https://example.com/hook?x=1', events: ['image.ready'], createdAt: /^\d{4}-.*Z$/ })
  t.match(secret, /^[\w-]{43}$/)
  t.strictSame(await read(await bench.get(base)), { items: [shown], nextCursor: null })
  t.strictSame(await read(await bench.get(`${base}/${shown.id}`)), shown, 'the secret is shown once')
  const [row] = await bench.app.database.query<{ text: string; sealed: Buffer }>(
    'select w::text as text, sealed_secret as sealed from webhooks w',
  )
  t.notOk(
    row!.text.includes(secret) || row!.sealed.includes(secret),
    'the database does not contain the secret',
  )

  const patch = (session: Session, body: unknown) => callJson(session, 'PATCH', `${base}/${shown.id}`, body)
  const changed = { ...shown, events: ['image.deleted', 'quota.near'] }
  t.strictSame(await read(await patch(bench, { events: changed.events })), changed)
  t.strictSame(await deliveries(bench, { ...changed, secret }), [])

  const foreign = [
    other.get(`${base}/${shown.id}`),
    other.get(`${base}/${shown.id}`, { method: 'DELETE' }),
    patch(other, { url: 'https://example.org' }),
    other.get(`${base}/${shown.id}/deliveries`),
    redeliver(other, { ...shown, secret }, 'abcdefghijkl'),
    redeliver(bench, { ...shown, secret }, 'abcdefghijkl'),
    bench.get(`${base}/none`),
  ]
  for (const answer of foreign) await isProblemResponse(t, await answer, 'not-found')
  t.strictSame(await read(await other.get(base)), { items: [], nextCursor: null })
  t.strictSame(await read(await bench.get(`${base}/${shown.id}`)), changed)

  for (let made = 1; made < 20; made++) await create(bench, 'https://example.com', 'image.ready')
  const more = await post(bench, { url: 'https://example.com', events: ['image.ready'] })
  await isProblemResponse(t, more, 'conflict')
  t.equal((await bench.get(`${base}/${shown.id}`, { method: 'DELETE' })).status, 204)
  await isProblemResponse(t, await bench.get(`${base}/${shown.id}`), 'not-found')
})

t.test('invalid webhooks are rejected by field name', async t => {
  const bench = await build(t)
  const url = 'https://example.com'
  const events = ['image.ready']
  const cases: [unknown, RegExp][] = [
    [{ url }, /^events: /],
    [{ url, events: [] }, /^events: /],
    [{ url, events: ['image.seen'] }, /^events\.0: .*image\.ready/],
    [{ url, events: ['image.ready', 'image.ready'] }, /^events: /],
    [{ events }, /^url: /],
    [{ url, events, secret: 'mine' }, /^secret: is an unknown field/],
    ...['', 'example.com', 'ftp://example.com', 'file:///etc/passwd', 'https://'].map(
      (bad): [unknown, RegExp] => [{ url: bad, events }, /^url: must begin with http/],
    ),
    ...['https://a:b@example.com', 'https://example.com/#x'].map((bad): [unknown, RegExp] => [
      { url: bad, events },
      /^url: must not contain a user/,
    ]),
    ...[
      'localhost',
      'LOCALHOST.',
      'api.localhost',
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '169.254.169.254',
      '10.0.0.1',
    ].map((host): [unknown, RegExp] => [{ url: `http://${host}:8080/`, events }, /^url: must have a public/]),
  ]
  for (const [body, detail] of cases) {
    const answer = await post(bench, body)
    t.match(await isProblemResponse(t, answer, 'bad-request', JSON.stringify(body)), detail)
  }
  t.strictSame(await read(await bench.get(base)), { items: [], nextCursor: null })
})

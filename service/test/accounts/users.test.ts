import { administrator } from '../support/administrator.ts'
import { startSecondProcess } from '../support/beside.ts'
import { build } from '../support/build.ts'
import { login, statusOf, withCookie } from '../support/login.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson, postJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

interface ShownUser {
  readonly id: string
  readonly email: string
  readonly role: string
}

const bench = await build(t)
const { url } = bench
const other = await startSecondProcess(t, bench)
const admin = await administrator(bench)
const asAdmin = (method: string, path: string, body: unknown) => callJson(admin, method, path, body)

t.test('administrators create users, who can log in and sign at once', async t => {
  const account = { email: 'Ada@example.com', password: 'correct horse' }
  const made = await read<ShownUser>(await asAdmin('POST', '/api/v1/users', account), 201)
  t.match(made, {
    id: /^[a-z0-9]{12}$/,
    email: 'ada@example.com',
    role: 'member',
    presetsOnly: false,
    disabled: false,
  })
  t.notOk(JSON.stringify(made).includes('scrypt'))
  const { accessToken } = await login(other, account)
  const keys = await fetch(`${url}/api/v1/signing-keys`, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  t.match(await read(keys), { items: [{ state: 'active' }] }, 'the user has an active signing key')
  t.strictSame(await read(await admin.get(`/api/v1/users/${made.id}`)), made)

  const bad: [body: object, about: RegExp][] = [
    [{ ...account, email: 'nowhere' }, /email/],
    [{ ...account, email: 'b@example.com', password: 'short' }, /password/],
    [{ ...account, email: 'b@example.com', role: 'king' }, /role.*admin, member/],
    [{ email: 'b@example.com' }, /password/],
    [{ ...account, email: 'b@example.com', id: 'chosen' }, /id/],
  ]
  for (const [body, about] of bad) {
    t.match(await isProblemResponse(t, await asAdmin('POST', '/api/v1/users', body), 'bad-request'), about)
  }
  await isProblemResponse(t, await asAdmin('POST', '/api/v1/users', account), 'conflict')
})

t.test('users are listed newest first by page', async t => {
  const emails = ['p1@example.com', 'p2@example.com', 'p3@example.com']
  for (const email of emails) {
    await read(await asAdmin('POST', '/api/v1/users', { email, password: 'correct horse' }), 201)
  }
  type Page = { items: ShownUser[]; nextCursor: string | null }
  const first = await read<Page>(await admin.get('/api/v1/users?limit=2'))
  t.strictSame(
    first.items.map(user => user.email),
    ['p3@example.com', 'p2@example.com'],
  )
  const seen = [...first.items]
  for (let cursor = first.nextCursor; cursor !== null; ) {
    const page = await read<Page>(await admin.get(`/api/v1/users?limit=2&cursor=${cursor}`))
    seen.push(...page.items)
    cursor = page.nextCursor
  }
  t.equal(new Set(seen.map(user => user.id)).size, await bench.app.metadata.users.count())
  await isProblemResponse(t, await admin.get('/api/v1/users?cursor=bogus'), 'bad-request')
})

t.test('members cannot see other users', async t => {
  const member = await bench.join('member@example.com')
  const paths = [`/api/v1/users/${member.userId}`, '/api/v1/users', '/api/v1/users/unknown', '/api/v1/audit']
  for (const path of paths) await isProblemResponse(t, await member.get(path), 'forbidden')
  const own = await callJson(member, 'PATCH', `/api/v1/users/${member.userId}`, { role: 'admin' })
  await isProblemResponse(t, own, 'forbidden')
  for (const id of ['unknown', 'UPPER', '..%2f..', 'x'.repeat(100)]) {
    await isProblemResponse(t, await admin.get(`/api/v1/users/${id}`), 'not-found')
    await isProblemResponse(t, await asAdmin('PATCH', `/api/v1/users/${id}`, { role: 'member' }), 'not-found')
    const reset = await asAdmin('POST', `/api/v1/users/${id}/password`, { password: 'a new password' })
    await isProblemResponse(t, reset, 'not-found')
  }
})

t.test('a changed role takes effect in every process within a second, also for existing tokens', async t => {
  const ben = await bench.join('ben@example.com')
  for (const [role, status] of [
    ['admin', 200],
    ['member', 403],
  ] as const) {
    await read(await asAdmin('PATCH', `/api/v1/users/${ben.userId}`, { role }))
    for (const place of [url, other])
      await until(role, 5000, async () => (await statusOf(place, ben.token, '/api/v1/users')) === status)
    t.equal(await statusOf(url, ben.token), 200, `the session continues as ${role}`)
  }
})

t.test('a disabled user is rejected in every process and can be enabled again', async t => {
  const eve = await bench.join('eve@example.com')
  const { cookie } = await login(url, eve.account)
  const created = await callJson(eve, 'POST', '/api/v1/api-keys', { name: 'k', scopes: ['images:read'] })
  const { secret } = await read<{ secret: string }>(created, 201)
  t.equal(await statusOf(other, secret), 200)
  const set = (disabled: boolean) => asAdmin('PATCH', `/api/v1/users/${eve.userId}`, { disabled })
  t.match(await read(await set(true)), { disabled: true })
  for (const token of [eve.token, secret])
    for (const place of [url, other])
      await until('the user is rejected', 5000, async () => (await statusOf(place, token)) === 401)
  await isProblemResponse(t, await withCookie(url, 'refresh', cookie), 'unauthorized')
  await isProblemResponse(t, await postJson(`${url}/api/v1/auth/login`, eve.account), 'unauthorized')
  t.match(await read(await set(false)), { disabled: false })
  await login(other, eve.account)
  await until('the key is accepted again', 5000, async () => (await statusOf(url, secret)) === 200)
  t.equal(await statusOf(url, eve.token), 401, 'the sessions have ended')
})

t.test('a reset password ends all sessions', async t => {
  const max = await bench.join('max@example.com')
  const path = `/api/v1/users/${max.userId}/password`
  await isProblemResponse(t, await asAdmin('POST', path, { password: 'short' }), 'bad-request')
  t.equal((await asAdmin('POST', path, { password: 'a new password' })).status, 204)
  for (const place of [url, other])
    await until('the session has ended', 5000, async () => (await statusOf(place, max.token)) === 401)
  await t.rejects(login(url, max.account), /401/)
  await login(url, { ...max.account, password: 'a new password' })
})

t.test('the last administrator cannot be removed, even by concurrent requests', async t => {
  const path = `/api/v1/users/${admin.userId}`
  for (const changes of [{ role: 'member' }, { disabled: true }]) {
    await isProblemResponse(t, await asAdmin('PATCH', path, changes), 'conflict')
  }
  t.equal((await asAdmin('PATCH', path, { presetsOnly: true })).status, 200)
  const second = await bench.join('second@example.com')
  await read(await asAdmin('PATCH', `/api/v1/users/${second.userId}`, { role: 'admin' }))
  await until(
    'the user becomes an administrator',
    5000,
    async () => (await statusOf(url, second.token, '/api/v1/users')) === 200,
  )
  const answers = await Promise.all([
    callJson(second, 'PATCH', path, { role: 'member' }),
    asAdmin('PATCH', `/api/v1/users/${second.userId}`, { role: 'member' }),
  ])
  t.strictSame(answers.map(({ status }) => status).sort(), [200, 409])
})

t.test('actions are recorded in the audit log', async t => {
  const [left] = await bench.app.database.query<{ id: string }>("select id from users where role = 'admin'")
  await bench.app.metadata.users.update(left!.id, { role: 'member' })
  await bench.app.metadata.users.update(admin.userId, { role: 'admin' })
  const again = await login(url, admin.account)
  const get = (query: string) =>
    fetch(`${url}/api/v1/audit${query}`, { headers: { authorization: `Bearer ${again.accessToken}` } })
  type Entry = { action: string; userId: string | null; subject: string; at: string; address: string }
  const { items, nextCursor } = await read<{ items: Entry[]; nextCursor: string }>(await get('?limit=3'))
  t.match(items[0], { action: 'login', userId: admin.userId, keyId: null, address: '127.0.0.1' })
  const rest = await read<{ items: Entry[] }>(await get(`?limit=200&cursor=${nextCursor}`))
  const all = [...items, ...rest.items]
  const actions = new Set(all.map(({ action }) => action))
  for (const action of ['user.create', 'user.change', 'password.reset', 'api-key.create', 'login.failed'])
    t.ok(actions.has(action), action)
  const filtered = async (query: string) =>
    (await read<{ items: Entry[] }>(await get(`?limit=200&${query}`))).items
  const users = all.filter(({ action }) => action.startsWith('user.'))
  t.strictSame(await filtered('action=user'), users, 'the actions that begin with a word')
  t.strictSame(await filtered('action=use'), [])
  t.strictSame(
    await filtered(`action=login&userId=${admin.userId}`),
    all.filter(({ action, userId }) => action === 'login' && userId === admin.userId),
  )
  const [{ subject } = { subject: '' }] = users
  t.strictSame(
    await filtered(`subject=${subject}`),
    all.filter(one => one.subject === subject),
  )
  const today = all[0]!.at.slice(0, 10)
  t.equal((await filtered(`from=${today}&to=2999-01-01`))[0]?.at, all[0]!.at)
  t.strictSame(await filtered('from=2001-02-03&to=2001-02-04'), [])
  await isProblemResponse(t, await get('?from=0001-01-01'), 'bad-request')
  t.match(
    all.find(({ action }) => action === 'login.failed'),
    { userId: null, subject: /@example\.com$/ },
  )
  t.strictSame(
    all.map(({ at }) => at),
    all
      .map(({ at }) => at)
      .sort()
      .reverse(),
  )
  t.notMatch(JSON.stringify(all), /password of|a new password|drk_/)
})

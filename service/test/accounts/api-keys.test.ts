import { createHash } from 'node:crypto'
import { administrator } from '../support/administrator.ts'
import { startSecondProcess } from '../support/beside.ts'
import { build } from '../support/build.ts'
import { statusOf } from '../support/login.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson, read, type Session } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

interface MadeKey {
  readonly id: string
  readonly secret: string
  readonly expiresAt: string | null
}

const bench = await build(t)
const { url } = bench
const other = await startSecondProcess(t, bench)
const { database } = bench.app
const admin = await administrator(bench)

type Caller = Pick<Session, 'url' | 'token'>
const post = (caller: Caller, body: unknown) => callJson(caller, 'POST', '/api/v1/api-keys', body)
async function make(caller: Caller, scopes: readonly string[], more: object = {}): Promise<MadeKey> {
  return read<MadeKey>(await post(caller, { name: 'a key', scopes, ...more }), 201)
}
const withKey = ({ secret }: MadeKey): Caller => ({ url, token: secret })
const remove = ({ token }: Caller, id: string) =>
  fetch(`${url}/api/v1/api-keys/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })

t.test('a key is shown once and stored as a hash', async t => {
  const made = await read<MadeKey>(
    await post(bench, { name: 'site', scopes: ['images:read', 'sign', 'sign'] }),
    201,
  )
  t.match(made, {
    name: 'site',
    scopes: ['images:read', 'sign'],
    expiresAt: null,
    lastUsedAt: null,
    createdAt: /^\d{4}-/,
  })
  t.match(made.secret, /^drk_[a-z0-9]{12}_[\w-]{43}$/)
  const { secret, ...shown } = made
  const list = await bench.get('/api/v1/api-keys')
  t.strictSame(await read(list), { items: [shown], nextCursor: null })
  const [row] = await database.query<{ hash: Buffer; text: string }>(
    'select secret_hash as hash, k::text as text from api_keys k where id = $1',
    [made.id],
  )
  t.strictSame(row!.hash, createHash('sha256').update(secret).digest())
  t.notOk(row!.text.includes(secret.slice(-43)))
})

t.test('a key is limited to its scopes and its user', async t => {
  const key = withKey(await make(bench, ['images:read']))
  t.equal(await statusOf(other, key.token, '/api/v1/images'), 200)
  const sign = await callJson(key, 'POST', '/api/v1/sign', { path: '/processed/abcdef/abcdef.jpg' })
  t.match(await isProblemResponse(t, sign, 'forbidden'), /scope sign\b/)
  t.equal(await statusOf(url, key.token, '/api/v1/users'), 403)
})

t.test('malformed and unknown keys are rejected', async t => {
  const { secret, id } = await make(bench, ['images:read'])
  const bad = [
    `${secret}x`,
    secret.slice(0, -1),
    `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`,
    secret.toUpperCase(),
    `drk_${id}`,
    `drk_${id}_`,
    `drk_${'a'.repeat(12)}_${'A'.repeat(43)}`,
    'drk_',
    `drk_%00${secret.slice(7)}`,
  ]
  for (const one of bad) t.equal(await statusOf(url, one), 401, one)
  t.equal(await statusOf(url, secret), 200)
})

t.test('a revoked key is rejected in every process within a second', async t => {
  const key = await make(bench, ['images:read'])
  for (const place of [url, other]) t.equal(await statusOf(place, key.secret), 200)
  t.equal((await remove(bench, key.id)).status, 204)
  for (const place of [url, other])
    await until('the key is rejected', 5000, async () => (await statusOf(place, key.secret)) === 401)
  t.equal((await remove(bench, key.id)).status, 404)
})

t.test('a key expires at its time', async t => {
  const soon = new Date(Date.now() + 1_500).toISOString()
  const key = await make(bench, ['images:read'], { expiresAt: soon })
  t.equal(key.expiresAt, soon)
  t.equal(await statusOf(url, key.secret), 200)
  await until('the key expires', 10_000, async () => (await statusOf(url, key.secret)) === 401)
  for (const expiresAt of [
    ...['2020-01-01T00:00:00Z', '2999-12-31T23:59:60Z', '9999-12-31T23:59:59-01:00'],
    ...['tomorrow', '', 5],
  ]) {
    const answer = await post(bench, { name: 'k', scopes: ['sign'], expiresAt })
    t.match(await isProblemResponse(t, answer, 'bad-request'), /expiresAt/)
  }
})

t.test('a key cannot create one with more scopes or a longer lifetime', async t => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const keys = withKey(await make(admin, ['keys', 'sign'], { expiresAt }))
  for (const scopes of [['admin'], ['images:read'], ['sign', 'images:write'], ['keys', 'usage']]) {
    const refused = await post(keys, { name: 'more', scopes, expiresAt })
    t.match(await isProblemResponse(t, refused, 'forbidden'), /scopes: \S+ is not allowed/)
  }
  for (const later of [undefined, null, new Date(Date.now() + 7_200_000).toISOString()]) {
    const refused = await post(keys, { name: 'longer', scopes: ['sign'], expiresAt: later })
    t.match(await isProblemResponse(t, refused, 'forbidden'), /expiresAt/)
  }
  await make(keys, ['sign'], { expiresAt })
  const member = await post(bench, { name: 'king', scopes: ['admin'] })
  t.match(await isProblemResponse(t, member, 'forbidden'), /admin/)
  const unknown = await post(bench, { name: 'k', scopes: ['everything'] })
  t.match(await isProblemResponse(t, unknown, 'bad-request'), /scopes.*images:read/)
  const nameless = await post(bench, { scopes: ['sign'] })
  t.match(await isProblemResponse(t, nameless, 'bad-request'), /name/)
})

t.test("an administrator's key needs the admin scope and the user's current role", async t => {
  const second = await bench.join('second@example.com')
  await bench.app.metadata.users.update(second.userId, { role: 'admin' })
  await until(
    'the user becomes an administrator',
    5000,
    async () => (await statusOf(url, second.token, '/api/v1/users')) === 200,
  )
  const all = await make(second, ['admin', 'images:read'])
  const few = await make(second, ['images:read'])
  t.equal(await statusOf(url, all.secret, '/api/v1/users'), 200)
  t.equal(await statusOf(url, few.secret, '/api/v1/users'), 403)
  const jobs = async ({ secret }: MadeKey) =>
    read<object>(await fetch(`${url}/api/v1/jobs`, { headers: { authorization: `Bearer ${secret}` } }))
  t.ok('waiting' in (await jobs(all)), 'the admin scope shows administrator data')
  t.notOk('waiting' in (await jobs(few)), 'other scopes do not')
  await bench.app.metadata.users.update(second.userId, { role: 'member' })
  await until(
    'the key loses the admin scope',
    5000,
    async () => (await statusOf(url, all.secret, '/api/v1/users')) === 403,
  )
  t.equal(await statusOf(url, all.secret, '/api/v1/images'), 200)
})

t.test('keys can neither change passwords nor end sessions', async t => {
  const key = withKey(await make(admin, ['images:read', 'images:write', 'sign', 'keys', 'usage', 'admin']))
  const routes: [path: string, body: unknown][] = [
    ['/api/v1/me/password', { current: admin.account.password, next: 'a better password' }],
    ['/api/v1/auth/logout-everywhere', {}],
    [`/api/v1/users/${bench.userId}/password`, { password: 'a better password' }],
  ]
  for (const [path, body] of routes) {
    const answer = await callJson(key, 'POST', path, body)
    t.match(await isProblemResponse(t, answer, 'forbidden'), /API keys cannot/, path)
  }
})

t.test("another user's key is not found", async t => {
  const eve = await bench.join('eve@example.com')
  const { id, secret } = await make(bench, ['images:read'])
  for (const thief of [eve, admin]) {
    const answer = await remove(thief, id)
    await isProblemResponse(t, answer, 'not-found')
  }
  t.equal(await statusOf(url, secret), 200)
  t.match(await read(await eve.get('/api/v1/api-keys')), { items: [] })
})

t.test('the last use of a key is recorded, at most once a minute', async t => {
  const { id, secret } = await make(bench, ['images:read'])
  await database.query('create table uses (id text)')
  await database.query(`create function count_use() returns trigger language plpgsql as $$
    begin insert into uses values (new.id); return new; end $$`)
  await database.query(`create trigger used after update of last_used_at on api_keys
    for each row execute function count_use()`)
  const uses = async () => (await database.query('select from uses where id = $1', [id])).length
  await Promise.all([url, other, url, other, url].map(place => statusOf(place, secret)))
  await until('the use is recorded', 5000, async () => (await uses()) === 1)
  for (const place of [url, other]) await statusOf(place, secret)
  const list = await read<{ items: { id: string; lastUsedAt: string }[] }>(
    await bench.get('/api/v1/api-keys'),
  )
  const shown = list.items.find(key => key.id === id)
  t.ok(Math.abs(Date.parse(shown!.lastUsedAt) - Date.now()) < 60_000)
  t.equal(await uses(), 1)
})

t.test('a user may have 100 keys', async t => {
  const max = await bench.join('max@example.com')
  await database.query(
    `insert into api_keys (id, user_id, name, secret_hash, scopes)
     select 'filler' || n, $1, 'k', '', '{}' from generate_series(1, 99) as n`,
    [max.userId],
  )
  const last = await make(max, ['sign'])
  await isProblemResponse(t, await post(max, { name: 'k', scopes: ['sign'] }), 'conflict')
  t.equal((await remove(max, last.id)).status, 204)
  await make(max, ['sign'])
  const page = await read<{ items: { id: string }[]; nextCursor: string }>(
    await max.get('/api/v1/api-keys?limit=60'),
  )
  const rest = await read<{ items: { id: string }[] }>(
    await max.get(`/api/v1/api-keys?limit=60&cursor=${page.nextCursor}`),
  )
  t.equal(new Set([...page.items, ...rest.items].map(({ id }) => id)).size, 100)
})

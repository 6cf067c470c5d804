import { createHmac } from 'node:crypto'
import { startSecondProcess } from '../support/beside.ts'
import { build } from '../support/build.ts'
import { login, refresh, statusOf, withCookie } from '../support/login.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson, openSession } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const jwtSecret = 'a secret of the tests, which is long enough'
const bench = await build(t, { DARKROOM_JWT_SECRET: jwtSecret })
const { url, account } = bench
const other = await startSecondProcess(t, bench)
const { database } = bench.app
const places = [url, other]

/** Waits until every process rejects a token. */
async function rejectedEverywhere(token: string) {
  for (const place of places)
    await until('the token is rejected', 5000, async () => (await statusOf(place, token)) === 401)
}

/** Moves the last refresh of all sessions into the past. */
const age = (seconds: number) =>
  database.query("update sessions set rotated_at = rotated_at - $1 * interval '1 second'", [seconds])

t.test('a login returns an access token and a refresh cookie, which is rotated', async t => {
  const first = await login(url, account)
  t.match(first, { expiresIn: 900, user: { email: account.email, role: 'member' } })
  const attributes = first.setCookie.split('; ').slice(1).sort()
  t.strictSame(attributes, ['HttpOnly', 'Max-Age=2592000', 'Path=/api/v1/auth', 'SameSite=Strict'])
  const second = await refresh(other, first.cookie)
  t.match(second, { expiresIn: 900, user: first.user })
  t.not(second.cookie, first.cookie)
  for (const place of places) {
    t.equal(await statusOf(place, second.accessToken), 200)
    t.equal(await statusOf(place, first.accessToken), 200, 'a refresh does not invalidate access tokens')
  }
  const rows = await database.query<{ text: string }>('select s::text as text from sessions s')
  const [series = '', secret = ''] = (second.cookie.split('=')[1] ?? '').split('.')
  for (const { text } of rows) {
    for (const part of [series, secret]) {
      t.notOk(text.includes(part) || text.includes(Buffer.from(part, 'base64url').toString('hex')), 'hashed')
    }
  }
})

t.test('the cookie is secure when the public URL is HTTPS', async t => {
  const place = await startSecondProcess(t, {
    environment: { ...bench.environment, DARKROOM_PUBLIC_URL: 'https://images.example.com' },
  })
  const { setCookie, cookie } = await login(place, account)
  t.match(setCookie, /; Secure$/)
  const answer = await withCookie(place, 'refresh', cookie, { origin: 'https://images.example.com' })
  t.equal(answer.status, 200, 'pages of the public host may refresh')
})

t.test('tabs that refresh at the same time get the same cookie', async t => {
  const { cookie } = await login(url, account)
  const tabs = await Promise.all([...places, ...places, ...places].map(place => refresh(place, cookie)))
  t.equal(new Set(tabs.map(tab => tab.cookie)).size, 1)
  for (const tab of tabs) t.equal(await statusOf(url, tab.accessToken), 200)
  await age(60)
  await refresh(url, tabs[0]!.cookie)
})

t.test('a reused refresh token ends its session and no other', async t => {
  const bystander = await login(url, account)
  for (const steps of [1, 2, 3]) {
    const stolen = await login(url, account)
    let last = stolen
    for (let step = 0; step < steps; step++) {
      last = await refresh(url, last.cookie)
    }
    // the previous token is accepted for a grace period
    if (steps === 1) await age(11)
    await isProblemResponse(t, await withCookie(other, 'refresh', stolen.cookie), 'unauthorized', `${steps}`)
    await isProblemResponse(t, await withCookie(url, 'refresh', last.cookie), 'unauthorized')
    await rejectedEverywhere(last.accessToken)
  }
  t.equal(await statusOf(url, bystander.accessToken), 200)
  await refresh(url, bystander.cookie)
})

t.test('malformed and unknown cookies are rejected', async t => {
  const { cookie, accessToken } = await login(url, account)
  const value = cookie.split('=')[1]!
  const [series] = value.split('.')
  const bad = [
    '',
    'darkroom_refresh=',
    'darkroom_refresh=null',
    `darkroom_refresh=${'A'.repeat(22)}.${'A'.repeat(43)}`,
    `darkroom_refresh=${series}`,
    `darkroom_refresh=${value}x`,
    `other=${value}`,
    `${cookie}; ${cookie}`,
    `darkroom_refresh=${'x'.repeat(9000)}`,
  ]
  for (const one of bad) {
    await isProblemResponse(t, await withCookie(url, 'refresh', one), 'unauthorized', one.slice(0, 40))
  }
  t.equal(await statusOf(url, accessToken), 200)
  await refresh(url, `theme=dark; ${cookie}; more=1`)
})

t.test('pages of other origins can neither refresh nor log out', async t => {
  const { cookie } = await login(url, account)
  const { host } = new URL(url)
  for (const origin of ['https://evil.example', `http://${host}.evil.example`, 'null', 'http://127.0.0.1']) {
    for (const route of ['refresh', 'logout'] as const) {
      const answer = await withCookie(url, route, cookie, { origin })
      await isProblemResponse(t, answer, 'forbidden', `${route} from ${origin}`)
    }
  }
  // browsers send no cookie with a form of another site, but they would accept one that is cleared
  const form = await fetch(`${url}/api/v1/auth/logout`, {
    method: 'POST',
    headers: { origin: 'https://evil.example' },
  })
  t.equal(form.headers.get('set-cookie'), null)
  // pages of the request's own host may do both: behind a proxy this host can differ from that of the public URL
  const own = await withCookie(other, 'refresh', cookie, { origin: other })
  t.equal(own.status, 200)
  const next = (own.headers.get('set-cookie') ?? '').split(';', 1)[0]!
  t.equal((await withCookie(url, 'logout', next, { origin: url })).status, 204)
})

t.test('a logout ends the session in every process within a second and clears the cookie', async t => {
  const session = await login(url, account)
  const stays = await login(url, account)
  for (const place of places) t.equal(await statusOf(place, session.accessToken), 200)
  const answer = await withCookie(url, 'logout', session.cookie)
  t.equal(answer.status, 204)
  t.match(answer.headers.get('set-cookie'), /^darkroom_refresh=; .*Max-Age=0/)
  await rejectedEverywhere(session.accessToken)
  await isProblemResponse(t, await withCookie(url, 'refresh', session.cookie), 'unauthorized')
  t.equal((await withCookie(url, 'logout', session.cookie)).status, 204, 'a second logout succeeds')
  t.equal(await statusOf(other, stays.accessToken), 200)
  const program = await callJson({ url, token: stays.accessToken }, 'POST', '/api/v1/auth/logout', {})
  t.equal(program.status, 204)
  await rejectedEverywhere(stays.accessToken)
  await isProblemResponse(
    t,
    await withCookie(url, 'refresh', stays.cookie),
    'unauthorized',
    'a logout without a cookie ends the session, too',
  )
})

t.test('logging out everywhere ends all sessions of the user', async t => {
  const sessions = [await login(url, account), await login(other, account)]
  const eve = await bench.join('eve@example.com')
  const answer = await callJson(
    { url, token: sessions[0]!.accessToken },
    'POST',
    '/api/v1/auth/logout-everywhere',
    {},
  )
  t.equal(answer.status, 204)
  for (const { accessToken, cookie } of sessions) {
    await rejectedEverywhere(accessToken)
    await isProblemResponse(t, await withCookie(url, 'refresh', cookie), 'unauthorized')
  }
  t.equal(await statusOf(url, eve.token), 200, 'sessions of other users continue')
})

t.test('changing the password needs the current one and ends the other sessions', async t => {
  const ben = await bench.join('ben@example.com')
  const [mine, another] = [await login(url, ben.account), await login(url, ben.account)]
  const session = { url, token: mine.accessToken }
  const change = (current: string, next: string) =>
    callJson(session, 'POST', '/api/v1/me/password', { current, next })
  const wrong = await change('not the password', 'a better password')
  t.match(await isProblemResponse(t, wrong, 'forbidden'), /current/)
  const short = await change(ben.account.password, 'short')
  t.match(await isProblemResponse(t, short, 'bad-request'), /password/)
  t.equal(await statusOf(url, another.accessToken), 200, 'nothing has changed')
  t.equal((await change(ben.account.password, 'a better password')).status, 204)
  await rejectedEverywhere(another.accessToken)
  t.equal(await statusOf(other, mine.accessToken), 200)
  await refresh(url, mine.cookie)
  await t.rejects(login(url, ben.account), /401/)
  await login(other, { ...ben.account, password: 'a better password' })
})

t.test('forged access tokens are refused', async t => {
  const { accessToken, user } = await login(url, account)
  const eve = await openSession(url, (await bench.join('mallory@example.com')).account)
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = (header: object, claims: object, secret = jwtSecret) => {
    const text = `${encode(header)}.${encode(claims)}`
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
  }
  const [claims, hers] = [claimsOf(accessToken), claimsOf(eve.token)]
  const hs256 = { alg: 'HS256', typ: 'JWT' }
  t.equal(await statusOf(url, signed(hs256, claims)), 200, 'a token with a valid signature is accepted')
  const forged = {
    'alg none': `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`,
    'alg none with a signature': signed({ alg: 'none' }, claims),
    'another algorithm': signed({ alg: 'HS512', typ: 'JWT' }, claims),
    'another secret': signed(hs256, claims, 'another secret that is long enough, too'),
    expired: signed(hs256, { ...claims, exp: Math.floor(Date.now() / 1000) - 1 }),
    "another's session": signed(hs256, { ...claims, sid: hers.sid }),
    'no session': signed(hs256, { sub: user.id, exp: claims.exp }),
    'a session id that is not a string': signed(hs256, { ...claims, sid: ['x'] }),
    'no user': signed(hs256, { sid: claims.sid, exp: claims.exp }),
    empty: 'e30.e30.e30',
  }
  for (const [name, token] of Object.entries(forged)) t.equal(await statusOf(url, token), 401, name)
  t.equal(
    await statusOf(url, signed(hs256, { ...claims, role: 'admin' }), '/api/v1/users'),
    403,
    'a claimed role',
  )
})

t.test('a user has at most 200 sessions: a login ends the least recently used', async t => {
  const max = await bench.join('max@example.com')
  await database.query(
    `insert into sessions (id, user_id, series_hash, token_hash, rotated_at, expires_at)
     select 'session' || n, $1, sha256(n::text::bytea), '', now() - n * interval '1 minute', now() + interval '1 day'
     from generate_series(1, 250) as n`,
    [max.userId],
  )
  await login(url, max.account)
  const left = await database.query<{ id: string }>('select id from sessions where user_id = $1', [
    max.userId,
  ])
  t.equal(left.length, 200)
  t.ok(left.some(({ id }) => id === 'session1') && !left.some(({ id }) => id === 'session250'))
})

import { createHash } from 'node:crypto'
import { startSecondProcess } from '../support/beside.ts'
import { build } from '../support/build.ts'
import { isProblemResponse } from '../support/problem.ts'
import { type Account, callJson, postJson } from '../support/session.ts'
import t from '../support/tap.ts'

const bench = await build(t, { DARKROOM_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' })
const other = await startSecondProcess(t, bench)
const { database } = bench.app

function attempt(account: Account, from: string, place = bench.url): Promise<Response> {
  return postJson(`${place}/api/v1/auth/login`, account, { 'x-forwarded-for': from })
}

const wrong = ({ email }: Account) => ({ email, password: 'not the password' })

/** Moves all failures into the past. */
const age = (minutes: number) =>
  database.query("update login_attempts set failed_at = failed_at - $1 * interval '1 minute'", [minutes])

/** Records failed logins from several addresses. */
const guessed = (email: string, addresses: readonly string[], failures: number) =>
  database.query(
    'insert into login_attempts (account, address, failures, failed_at) select $1, a, $3, now() from unnest($2::text[]) as a',
    [createHash('sha256').update(email).digest(), addresses, failures],
  )

t.test(
  'repeated wrong passwords block only the address they came from, for a while and in every process',
  async t => {
    const { account } = await bench.join('ada@example.com')
    for (let guess = 0; guess < 5; guess++) {
      await isProblemResponse(t, await attempt(wrong(account), '203.0.113.9'), 'unauthorized')
    }
    for (const place of [bench.url, other]) {
      const refused = await attempt(account, '203.0.113.9', place)
      await isProblemResponse(t, refused, 'too-many-requests', 'even with the correct password')
    }
    t.equal((await attempt(account, '203.0.113.10')).status, 200, 'the user, from another address')
    await age(1)
    t.equal((await attempt(account, '203.0.113.9')).status, 200, 'the pause has ended')
    await isProblemResponse(
      t,
      await attempt(wrong(account), '203.0.113.9'),
      'unauthorized',
      'and the counter is reset',
    )
  },
)

t.test('the pause grows with every wrong password', async t => {
  const account = { email: 'grows@example.com', password: 'not the password' }
  const pauses: number[] = []
  for (const failures of [5, 8, 30]) {
    await guessed(account.email, [`198.51.100.${failures}`], failures)
    const refused = await attempt(account, `198.51.100.${failures}`)
    pauses.push(Number(refused.headers.get('retry-after')))
    await isProblemResponse(t, refused, 'too-many-requests')
  }
  const [least = 0, more = 0, most = 0] = pauses
  t.ok(least === 1 && more > 4 && more <= 8 && most > 250 && most <= 300, `${pauses} s`)
})

t.test('an unknown account is blocked in the same way', async t => {
  const account = { email: 'nobody@example.com', password: 'not the password' }
  for (let guess = 0; guess < 5; guess++) {
    await isProblemResponse(t, await attempt(account, '203.0.113.20'), 'unauthorized')
  }
  await isProblemResponse(t, await attempt(account, '203.0.113.20'), 'too-many-requests')
})

t.test('an IPv6 /64 counts as one client', async t => {
  const { account } = await bench.join('six@example.com')
  for (let guess = 1; guess <= 5; guess++) await attempt(wrong(account), `2001:db8:1:2::${guess}`)
  await isProblemResponse(t, await attempt(account, '2001:db8:1:2:aaaa::1'), 'too-many-requests')
  t.equal((await attempt(account, '2001:db8:1:3::1')).status, 200)
})

t.test('an account under attack delays unknown addresses but not its user', async t => {
  const { account } = await bench.join('ben@example.com')
  t.equal((await attempt(account, '192.0.2.1')).status, 200)
  const many = Array.from({ length: 50 }, (_, index) => `192.0.2.${100 + index}`)
  await guessed(account.email, many, 4)
  const timed = async (from: string) => {
    const begun = performance.now()
    t.equal((await attempt(account, from)).status, 200, from)
    return performance.now() - begun
  }
  const [user, unknown] = [await timed('192.0.2.1'), await timed('192.0.2.77')]
  t.ok(unknown > 4_900, `an unknown address waits ${unknown} ms`)
  t.ok(user < 4_900, `a known address waits ${user} ms`)
})

t.test('an address with many failures is blocked, except for users who logged in from it before', async t => {
  const { account } = await bench.join('home@example.com')
  t.equal((await attempt(account, '192.0.2.200')).status, 200)
  for (let n = 0; n < 75; n++) await guessed(`victim${n}@example.com`, ['192.0.2.200'], 4)
  await isProblemResponse(t, await attempt(bench.account, '192.0.2.200'), 'too-many-requests')
  t.equal((await attempt(account, '192.0.2.200')).status, 200)
  t.equal((await attempt(bench.account, '192.0.2.201')).status, 200)
})

t.test('concurrent guesses are limited', async t => {
  const { account } = await bench.join('eve@example.com')
  const burst = async (size: number) => {
    const answers = await Promise.all(
      Array.from({ length: size }, () => attempt(wrong(account), '203.0.113.50')),
    )
    return answers.filter(({ status }) => status === 401).length
  }
  const first = await burst(40)
  // 20 at once, and those that start before the fifth failure is recorded
  t.ok(first > 0 && first <= 25, `${first} were tried`)
  await age(6)
  const later = await burst(10)
  t.ok(later <= 1, `${later} were tried after too many failures`)
  t.equal((await attempt(account, '203.0.113.51')).status, 200)
})

t.test('the current password cannot be guessed with a stolen access token either', async t => {
  const session = await bench.join('max@example.com')
  const change = () =>
    callJson(session, 'POST', '/api/v1/me/password', { current: 'not it', next: 'a better password' })
  for (let guess = 0; guess < 5; guess++) await isProblemResponse(t, await change(), 'forbidden')
  await isProblemResponse(t, await change(), 'too-many-requests')
})

t.test('X-Forwarded-For is ignored unless it comes from a trusted proxy', async t => {
  const open = await build(t)
  const account = { email: open.account.email, password: 'not the password' }
  const answers: number[] = []
  for (let guess = 0; guess < 6; guess++) {
    answers.push((await attempt(account, `203.0.113.${guess}`, open.url)).status)
  }
  t.strictSame(answers, [401, 401, 401, 401, 401, 429])
  // the client is the last address that is not a trusted proxy: it can invent the addresses before its own
  const chain = '198.51.100.1, 198.51.100.99, 10.1.2.3'
  for (let guess = 0; guess < 5; guess++) {
    await attempt(wrong(bench.account), `203.0.113.${guess}, 198.51.100.99, 10.1.2.3`)
  }
  await isProblemResponse(t, await attempt(bench.account, chain), 'too-many-requests')
})

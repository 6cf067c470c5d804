import { type UsagePosition, UsageRepository } from '../../metadata/usage-rollups.ts'
import { signMessage } from '../../url/signature.ts'
import { administrator } from '../support/administrator.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import t from '../support/tap.ts'

interface Day {
  readonly day: string
  readonly requests: number
  readonly hits: Record<string, number>
  readonly bytes: number
  readonly developments: number
  readonly cpuMs: number
  readonly errors: number
}
interface Name {
  readonly name: string
  readonly requests: number
  readonly bytes: number
}
interface Usage<Item> {
  readonly userId: string
  readonly from: string
  readonly to: string
  readonly items: readonly Item[]
}

const bench = await build(t)
const { usage, database } = bench.app
const ask = (session: Session, query = '') => session.get(`/api/v1/usage${query}`)
/** The usage of all days together, because midnight may pass during the test. */
async function total(session: Session): Promise<Omit<Day, 'day'>> {
  await usage.flush()
  const { items } = await read<Usage<Day>>(await ask(session))
  const sum = (of: (day: Day) => number) => items.reduce((all, day) => all + of(day), 0)
  const hits = Object.fromEntries(
    ['memory', 'store', 'miss', 'shared'].map(tier => [tier, sum(day => day.hits[tier]!)]),
  )
  return {
    requests: sum(day => day.requests),
    hits,
    bytes: sum(day => day.bytes),
    developments: sum(day => day.developments),
    cpuMs: sum(day => day.cpuMs),
    errors: sum(day => day.errors),
  }
}
const names = async (session: Session, by: string) =>
  (await read<Usage<Name>>(await ask(session, `?by=${by}`))).items

t.test('every response is counted once by its cache tier', async t => {
  const ann = await bench.join('ann@example.com')
  const { id } = await ann.upload(await photo(600, 400).jpeg().toBuffer())
  const [small, large] = [300, 500].map(w => ({
    imageId: id,
    operations: [{ op: 'resize', w }],
    format: 'jpg',
  }))
  const [one, two] = [await ann.sign(small!), await ann.sign(large!)]
  const first = await fetch(one)
  const bytes = (await bytesOf(first)).length
  // the first hit passes the router, further ones are answered before it
  for (let hit = 0; hit < 20; hit++) await bytesOf(await fetch(one))
  t.equal((await fetch(one, { headers: { 'if-none-match': first.headers.get('etag')! } })).status, 304)
  t.equal((await fetch(one, { method: 'HEAD' })).status, 200)
  const other = (await bytesOf(await fetch(two))).length
  await bench.app.delivery.derivativeWriter.idle()
  bench.app.cache.evict([`processed/${ann.userId}/${id}`])
  await bytesOf(await fetch(two))
  const original = (await bytesOf(await fetch(await ann.sign(`/raw/${ann.userId}/${id}-orig.jpg`)))).length
  const sum = 21 * bytes + 2 * other + original
  t.match(await total(ann), {
    requests: 26,
    hits: { memory: 22, miss: 2, store: 2, shared: 0 },
    bytes: sum,
    developments: 2,
    errors: 0,
  })
  t.ok((await total(ann)).cpuMs > 0)
  t.strictSame(await names(ann, 'image'), [{ name: id, requests: 26, bytes: sum }])
  t.strictSame(await names(ann, 'transform'), [
    { name: 'resize_w-300.jpg', requests: 23, bytes: 21 * bytes },
    { name: 'resize_w-500.jpg', requests: 2, bytes: 2 * other },
    { name: 'original', requests: 1, bytes: original },
  ])
})

t.test('errors are counted by code, but only for valid signatures', async t => {
  const { userId, key, ...ben } = await bench.join('ben@example.com')
  const session = { userId, ...ben }
  const path = (rest: string) => `/processed/${userId}/${rest}`
  const signed = (rest: string) => `${bench.url}${path(rest)}?s=${signMessage(key.secret, path(rest))}`
  for (const rest of ['nothing1.jpg', 'nothing1.jpg', 'nothing1_what.jpg'])
    await (await fetch(signed(rest))).arrayBuffer()
  for (const forged of [`${bench.url}${path('nothing1.jpg')}?s=abc`, bench.url + path('nothing1.jpg')])
    t.equal((await fetch(forged)).status, 403)
  t.match(await total(session), { requests: 3, errors: 3, bytes: 0 })
  t.strictSame(await names(session, 'code'), [
    { name: 'not-found', requests: 2, bytes: 0 },
    { name: 'bad-url', requests: 1, bytes: 0 },
  ])
})

t.test('usage survives a restart', async t => {
  let own = await build(t)
  const { id } = await own.upload(await photo(60, 40).jpeg().toBuffer())
  for (const round of [1, 2]) {
    const url = await own.sign({ imageId: id, operations: [{ op: 'flip' }], format: 'png' })
    for (let hit = 0; hit < 5; hit++) await bytesOf(await fetch(url))
    own = await own.restart()
    const { items } = await read<Usage<Day>>(await ask(own))
    t.equal(
      items.reduce((sum, { requests }) => sum + requests, 0),
      5 * round,
    )
  }
})

t.test('usage is kept while the database fails', async t => {
  const cat = await bench.join('cat@example.com')
  const { id } = await cat.upload(await photo(60, 40).jpeg().toBuffer())
  const url = await cat.sign({ imageId: id, operations: [], format: 'png' })
  await bytesOf(await fetch(url))
  await total(cat)
  await database.query('alter table usage_days rename to usage_gone')
  for (const _ of [1, 2, 3]) {
    await bytesOf(await fetch(url))
    await usage.flush()
  }
  await database.query('alter table usage_gone rename to usage_days')
  t.match(await total(cat), { requests: 4 })
})

t.test('repeated batch is counted once', async t => {
  const { usage } = bench.app.metadata
  const rows = new UsageRepository(database)
  const day = {
    userId: 'nobody12',
    requests: 1,
    memory: 1,
    store: 0,
    miss: 0,
    shared: 0,
    bytes: 7,
    developments: 0,
    cpuMs: 0.5,
    errors: 0,
  }
  const top = { userId: 'nobody12', kind: 'image' as const, name: 'a', requests: 1, bytes: 7 }
  const batch = { writer: 'w', number: 1, day: '2026-01-02', days: [day], tops: [top] }
  t.strictSame(await rows.addBatch(batch), ['nobody12'])
  await Promise.all([rows.addBatch(batch), rows.addBatch(batch)])
  const range = { userId: 'nobody12', from: '2026-01-01', to: '2026-01-31' }
  t.strictSame(await usage.listDays(range), [{ ...day, day: '2026-01-02' }])
  t.strictSame(await rows.addBatch({ ...batch, number: 2 }), [], 'no name is new')
  t.match(await usage.listDays(range), [{ requests: 2, bytes: 14, cpuMs: 1 }])
  t.strictSame(await usage.listTops(range, 'image', 5), [{ name: 'a', requests: 2, bytes: 14 }])
})

t.test('names and days are bounded', async t => {
  const rows = new UsageRepository(database)
  const tops = Array.from({ length: 1_200 }, (_, at) => ({
    userId: 'flooder1',
    kind: 'transform' as const,
    name: `t${String(at).padStart(4, '0')}`,
    requests: 2_000 - at,
    bytes: 0,
  }))
  const today = new Date().toISOString().slice(0, 10)
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
  const writer = 'flood'
  const counts = {
    requests: 1,
    memory: 0,
    store: 0,
    miss: 1,
    shared: 0,
    bytes: 0,
    developments: 0,
    cpuMs: 0,
    errors: 0,
  }
  const days = [{ userId: 'flooder1', ...counts }]
  for (const [number, day] of [today, ago(3), ago(33), ago(390), ago(500)].entries())
    await rows.addBatch({ writer, number: number + 1, day, days, tops })
  await rows.trim(today, ['flooder1'])
  const count = async (day: string) =>
    (await rows.listTops({ userId: 'flooder1', from: day, to: day }, 'transform', 2_000)).map(
      ({ name }) => name,
    )
  t.strictSame(
    await count(today),
    tops.slice(0, 1_000).map(({ name }) => name),
  )
  // more days than one page trims
  await database.query(
    `insert into usage_tops (user_id, day, kind, name, requests, bytes)
     select 'flooder1', $1::date - day, 'image', name, 1, 0 from generate_series(1, 50) as day, generate_series(1, 21) as name`,
    [ago(100)],
  )
  await rows.sweep(5_000)
  let position: UsagePosition | undefined = { userId: '' }
  while (position) position = await rows.trimPage(position, 1)
  t.strictSame(
    await count(ago(3)),
    tops.slice(0, 100).map(({ name }) => name),
  )
  t.equal((await count(ago(33))).length, 20)
  t.equal((await count(ago(390))).length, 20, 'also a day that no earlier run has trimmed')
  t.strictSame(await count(ago(500)), [])
  t.equal((await count(today)).length, 1_000)
  const images = await database.query(`select from usage_tops where user_id = 'flooder1' and kind = 'image'`)
  t.equal(images.length, 50 * 20)
})

t.test('users see their own usage, administrators that of all users', async t => {
  const [ann, eve] = [await bench.join('ann@example.com'), await bench.join('eve@example.com')]
  const admin = await administrator(bench)
  const of = `?userId=${ann.userId}`
  await isProblemResponse(t, await ask(eve, of), 'not-found')
  await isProblemResponse(t, await ask(eve, '?userId=nobody12'), 'not-found')
  await isProblemResponse(t, await ask(admin, '?userId=nobody12'), 'not-found')
  const seen = await read<Usage<Day>>(await ask(admin, of))
  t.equal(seen.userId, ann.userId)
  t.equal(seen.items.at(-1)!.requests, (await total(ann)).requests)
  t.equal((await total(eve)).requests, 0)
  const made = await callJson(ann, 'POST', '/api/v1/api-keys', { name: 'k', scopes: ['usage'] })
  const { secret } = await read<{ secret: string }>(made, 201)
  t.match(await read(await ask({ ...ann, ...keyed(secret) }, '?by=image')), { by: 'image' })
})

const keyed = (secret: string) => ({
  get: (path: string) => fetch(bench.url + path, { headers: { authorization: `Bearer ${secret}` } }),
})

t.test('usage lists every day of a range', async t => {
  const { items, ...about } = await read<Usage<Day>>(await ask(bench, '?from=2026-02-27&to=2026-03-02'))
  t.match(about, { userId: bench.userId, from: '2026-02-27', to: '2026-03-02', by: 'day' })
  t.strictSame(
    items.map(({ day, requests }) => [day, requests]),
    ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'].map(day => [day, 0]),
  )
  t.equal((await read<Usage<Day>>(await ask(bench))).items.length, 30)
  const bad = {
    'from=2026-02-30': /from/,
    'to=yesterday': /to/,
    'from=2026-03-02&to=2026-03-01': /from/,
    'from=2020-01-01&to=2026-01-01': /from.*400/,
    'from=0000-01-01&to=0000-01-02': /from/,
    'to=0000-01-02': /from/,
    'by=hour': /by/,
    'since=2026-01-01': /since/,
  }
  for (const [query, expected] of Object.entries(bad)) {
    const answer = await ask(bench, `?${query}`)
    t.match(await isProblemResponse(t, answer, 'bad-request', query), expected, query)
  }
})

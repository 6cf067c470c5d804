import { setTimeout } from 'node:timers/promises'
import { createClient } from '../../client/index.ts'
import { type Bench, build } from '../support/build.ts'
import { freePort } from '../support/free-port.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { openProxy } from '../support/services/proxy.ts'
import { callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const bench = await build(t)
const { app, userId, key } = bench
const direct = new URL(bench.environment.DATABASE_URL!)
const proxy = await openProxy(t, Number(direct.port))
direct.port = String(proxy.port)
/** Another process, which receives notices of changes through the proxy. */
const other = await build(t, {
  ...bench.environment,
  PORT: String(await freePort()),
  DARKROOM_DATABASE_DIRECT_URL: direct.href,
})
const uploaded = await bench.upload(await photo(30, 20).png().toBuffer())
await ingested(app.database, uploaded.id)

let copies = 0

/** Copies the row of the image. It is enough for `info`, which reads no object. */
async function newImages(count: number): Promise<string[]> {
  const prefix = `copy${++copies}x`
  await app.database.query(
    `insert into images (id, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256, facts,
       insight, ingested_at)
     select $2 || number, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256, facts,
       insight, ingested_at from images, generate_series(1, $3::int) as number where id = $1`,
    [uploaded.id, prefix, count],
  )
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
}

const client = createClient({
  ...{ baseUrl: other.url, userId, keyId: key.id, secret: key.secret.toString('base64url') },
})
const info = { operations: [{ op: 'info' } as const], format: 'json' } as const
const urlOf = (id: string) => client.url(id, info.operations, { format: info.format })

/** Where the response came from, or the status of an error. */
async function ask(url: string): Promise<string> {
  const response = await fetch(url)
  await response.arrayBuffer()
  return response.headers.get('darkroom-cache') ?? String(response.status)
}

const signedByService = async (session: Pick<Bench, 'url' | 'token'>, body: object) => {
  const { url } = await read<{ url: string }>(await callJson(session, 'POST', '/api/v1/sign', body))
  return other.url + new URL(url).pathname + new URL(url).search
}

/** Waits until the other process receives notices, which it does while requests need them. */
const receiving = (url: string) =>
  until('notices arrive', 20_000, async () => {
    await ask(url)
    return (await other.metric('darkroom_changes_current')) === 1
  })

/** The statements of a process until the test ends that read users, keys and images. */
function watchStatements(t: { teardown(end: () => void): void }, { app: { database } }: Bench): string[] {
  const statements: string[] = []
  const { query } = database
  database.query = (text, values) => {
    if (/^select .* from (users|signing_keys|images)\b/s.test(text)) statements.push(text)
    return query(text, values)
  }
  t.teardown(() => {
    database.query = query
  })
  return statements
}

t.test('requests for images that are rarely requested cost no statement', async t => {
  const urls = await Promise.all((await newImages(200)).map(urlOf))
  await receiving(urls[0]!)
  for (const url of urls) await ask(url)
  const statements = watchStatements(t, other)
  for (let round = 0; round < 3; round++) {
    await setTimeout(600)
    for (const url of urls) if ((await ask(url)) !== 'memory') t.fail('expected a hit from memory')
  }
  // without notices, each request costs one at least; a busy machine delivers some notices too late
  t.ok(statements.length < 60, `${statements.length} statements for 600 requests`)
})

/** Waits until requests half a second apart read no row, so that the service learns of changes by notices only. */
async function unread(t: { teardown(end: () => void): void }, urls: readonly string[]): Promise<void> {
  const statements = watchStatements(t, other)
  await until('no row is read again', 20_000, async () => {
    await setTimeout(600)
    statements.length = 0
    for (const url of urls) await ask(url)
    return statements.length === 0
  })
}

/** Changes that end the right to their URLs, and how each is made. */
async function prepareChanges(t: { teardown(end: () => Promise<void>): void }) {
  const [image = '', kept = '', unasked = ''] = await newImages(3)
  const eve = await bench.join(`eve${copies}@example.com`)
  const limited = await eve.upload(await photo(12, 8).png().toBuffer())
  await ingested(app.database, limited.id)
  await read(await callJson(bench, 'PUT', '/api/v1/policies/web', { operations: { info: true } }))
  const byPolicy = await signedByService(bench, { imageId: kept, ...info, policy: 'web' })
  const second = await read<{ id: string }>(await callJson(bench, 'POST', '/api/v1/signing-keys', {}), 201)
  const bySecondKey = await signedByService(bench, { imageId: kept, ...info })
  const keyPath = `/api/v1/signing-keys/${second.id}`
  const byEve = await signedByService(eve, { imageId: limited.id, ...info })
  t.teardown(async () => {
    await callJson(bench, 'PATCH', keyPath, { state: 'revoked' })
  })
  const remove = (id: string) => bench.get(`/api/v1/images/${id}?purge=true`, { method: 'DELETE' })
  return {
    changes: [
      { what: 'a deleted image', url: await urlOf(image), change: () => remove(image) },
      {
        what: 'a policy',
        url: byPolicy,
        change: () => callJson(bench, 'PUT', '/api/v1/policies/web', { formats: ['jpg'] }),
      },
      {
        what: 'a revoked key',
        url: bySecondKey,
        change: () => callJson(bench, 'PATCH', keyPath, { state: 'revoked' }),
      },
      {
        what: 'limits',
        url: byEve,
        change: () => app.metadata.users.update(eve.userId, { limits: { formats: ['jpg'] } }),
      },
    ],
    control: await urlOf(kept),
    unasked: { url: await urlOf(unasked), change: () => remove(unasked) },
  }
}

const failures = {
  'notices arrive': async () => {},
  'the connection for notices is ended': () =>
    app.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'darkroom changes' and datname = current_database()`,
    ),
  'the connection for notices is silent': async () => proxy.blackhole(),
}

for (const [what, fail] of Object.entries(failures)) {
  t.test(`changes take effect within a second in another process while ${what}`, async t => {
    const { changes, control, unasked } = await prepareChanges(t)
    const urls = changes.map(({ url }) => url)
    await receiving(control)
    for (const url of [...urls, unasked.url]) await ask(url)
    // now only notices keep what was read from being read again
    await setTimeout(600)
    for (const url of [...urls, unasked.url]) t.equal(await ask(url), 'memory')
    if (what === 'notices arrive') await unread(t, urls)

    await fail()
    const changedAt = new Map<string, number>()
    for (const { url, change } of changes) {
      await change()
      changedAt.set(url, performance.now())
    }
    await unasked.change()
    const lastServed = new Map<string, number>()
    await until('all are refused', 20_000, async () => {
      const answers = await Promise.all(
        urls.map(async url => {
          const begun = performance.now()
          const isServed = (await ask(url)) === 'memory'
          if (isServed) lastServed.set(url, begun)
          return isServed
        }),
      )
      return !answers.includes(true)
    })
    for (const { what, url } of changes) {
      const ms = (lastServed.get(url) ?? 0) - (changedAt.get(url) ?? 0)
      t.ok(ms <= 1_000, `${what}: served until ${Math.round(ms)} ms after the change`)
    }
    await proxy.restore()
    await receiving(control)
    t.equal(await ask(unasked.url), '410', 'nothing from before the failure is used unread')
    for (const url of urls) t.not(await ask(url), 'memory')
  })
}

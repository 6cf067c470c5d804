import type { RequestListener, ServerResponse } from 'node:http'
import { administrator } from '../support/administrator.ts'
import { type Bench, build } from '../support/build.ts'
import { importPolicy, startImportSite } from '../support/import-site.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson, read, type Session, type ShownImage } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(60, 40).png().toBuffer()

interface Task {
  id: string
  state: string
  done: number
  total: number
  failed: number
  failures: { number: number; url: string; code: string }[]
  code: string | null
  detail: string | null
  isCancellable: boolean
}
interface Result {
  number: number
  state: string
  imageId: string | null
  code: string | null
}

const post = (session: Pick<Session, 'url' | 'token'>, images: unknown) =>
  callJson(session as Session, 'POST', '/api/v1/images/imports', { images })
const order = async (session: Pick<Session, 'url' | 'token'>, images: unknown) =>
  (await read<{ taskId: string }>(await post(session, images), 202)).taskId
const taskOf = async (session: Session, id: string) => {
  const { tasks } = await read<{ tasks: Task[] }>(await session.get('/api/v1/jobs'))
  return tasks.find(task => task.id === id)
}
async function ended(session: Session, id: string): Promise<Task> {
  let task: Task | undefined
  await until('the import has ended', 60_000, async () => {
    task = await taskOf(session, id)
    return task?.state === 'done' || task?.state === 'failed'
  })
  return task!
}
const imagesOf = async (session: Session) =>
  (await read<{ items: ShownImage[] }>(await session.get('/api/v1/images?limit=100'))).items
const resultsOf = async (session: Session, id: string, query = '') =>
  (await read<{ items: Result[] }>(await session.get(`/api/v1/images/imports/${id}${query}`))).items

/** Starts a service and a site, whose answers a test can hold back and change. */
async function open(t: Test) {
  const bench = await build(t, {}, importPolicy)
  const held: ServerResponse[] = []
  const set = { isHeld: false, isBroken: false }
  const send = (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'image/png' }).end(picture)
  const answer: RequestListener = (request, response) => {
    if (request.url === '/broken' && set.isBroken) response.writeHead(404).end()
    else if (set.isHeld) held.push(response)
    else send(response)
  }
  const site = await startImportSite(t, answer)
  const release = () => {
    set.isHeld = false
    for (const response of held.splice(0)) send(response)
  }
  const addresses = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ url: `${site.url}/${index}.png` }))
  return { bench, site, set, held, release, addresses }
}

t.test('many images are imported in the background, and failures are listed and retried', async t => {
  const { bench, site, set, release } = await open(t)
  set.isBroken = true
  const labels = { title: 'Sea', tags: ['blue'], alt: 'waves', metadata: { sku: '7' } }
  const id = await order(bench, [
    { url: `${site.url}/a%20b.png`, reference: 'mine', ...labels },
    { url: `${site.url}/broken` },
    { url: `http://inner.test:${site.port}/secret` },
    { url: `${site.url}/c.png` },
  ])
  const task = await ended(bench, id)
  t.match(task, { kind: 'import', subject: '4 images', state: 'failed', done: 2, total: 4, failed: 2 })
  t.match(task, { code: 'not-fetched', isCancellable: false })
  t.equal(
    task.detail,
    'images: 2 were not imported, the first of them: images.1: url: its server responded with status 404',
  )
  t.match(task.failures, [
    { number: 1, url: `${site.url}/broken`, code: 'not-fetched' },
    { number: 2, detail: 'url: its host has no public address' },
  ])
  t.notOk(site.paths.includes('/secret'))
  const results = await resultsOf(bench, id)
  t.match(results, [
    { number: 0, reference: 'mine', state: 'done' },
    { number: 1, state: 'failed', imageId: null },
    { number: 2 },
    { number: 3, state: 'done' },
  ])
  t.match(await resultsOf(bench, id, '?state=failed&limit=1'), [{ number: 1 }])
  const first = await read(await bench.get(`/api/v1/images/${results[0]!.imageId}`))
  t.match(first, { ...labels, fileName: 'a b.png', width: 60 })

  set.isBroken = false
  set.isHeld = true
  t.equal((await bench.get(`/api/v1/jobs/${id}/retry`, { method: 'POST' })).status, 202)
  t.match(await taskOf(bench, id), { done: 2, total: 4 }, 'what was imported still counts')
  release()
  t.match(await ended(bench, id), { state: 'failed', done: 3, total: 4, failed: 1 })
  t.equal((await imagesOf(bench)).length, 3, 'what was imported is not imported again')
  const requested = site.paths.filter(path => path === '/broken')
  t.equal(requested.length, 2)

  const other = await bench.join('other@example.com')
  await isProblemResponse(t, await other.get(`/api/v1/images/imports/${id}`), 'not-found')
  const admin = await administrator(bench)
  t.equal((await resultsOf(admin, id)).length, 4)
  const idsFor = async (session: Session, query: string) =>
    (await read<{ items: Task[] }>(await session.get(`/api/v1/jobs/tasks?${query}`))).items.map(
      task => task.id,
    )
  t.strictSame(await idsFor(admin, `kind=import&userId=${bench.userId}`), [id])
  t.strictSame(await idsFor(admin, `userId=${admin.userId}`), [], 'tasks of the administrator only')
  t.strictSame(await idsFor(bench, 'kind=purge'), [])
  const foreign = await other.get(`/api/v1/jobs/tasks?userId=${bench.userId}`)
  await isProblemResponse(t, foreign, 'not-found')
  const audit = await read<{ items: object[] }>(await admin.get('/api/v1/audit?action=image.import.bulk'))
  t.match(audit.items, [{ userId: bench.userId, subject: id }])
})

t.test('a list with a wrong address is refused as a whole, and each import has a quota', async t => {
  const { bench, site, addresses } = await open(t)
  const url = `${site.url}/a.png`
  const wrong: [unknown, RegExp][] = [
    [[], /^images: /],
    [addresses(1_001), /^images: /],
    [[{ url }, { url: 'ftp://here.test/' }], /^images\.1\.url: must use http or https$/],
    [[{ url: 'http://user:secret@here.test/' }], /^images\.0\.url: must not contain a user/],
    [[{ url: `${url}?${'a'.repeat(2_048)}` }], /^images\.0\.url: must have at most 2048 characters$/],
    [[{ url, id: 'mine' }], /^images\.0\.id: is an unknown field/],
    [[{ url, title: 'a\ud800' }], /^images\.0\.title: must not contain control characters$/],
    [[{ url, metadata: { A: '1' } }], /^images\.0\.metadata: /],
  ]
  for (const [images, detail] of wrong)
    t.match(await isProblemResponse(t, await post(bench, images), 'bad-request'), detail)
  t.strictSame(await bench.app.database.query('select id from import_items, tasks'), [])

  const admin = await administrator(bench)
  await read(await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, { limits: { images: 2 } }))
  const task = await ended(bench, await order(bench, addresses(30)))
  t.match(task, { done: 2, failed: 28, failures: [{ code: 'over-limit', detail: 'images: at most 2' }] })
  t.equal(task.failures.length, 10)
  t.ok(site.paths.length < 10, `${site.paths.length} were fetched: with no room left, none is`)
})

t.test('an import ends with its cancellation, and with the API key that ordered it', async t => {
  const { bench, site, set, held, release, addresses } = await open(t)
  set.isHeld = true
  const id = await order(bench, addresses(9))
  await until('some are being fetched', 10_000, () => held.length > 0)
  const purge = await read<{ taskId: string }>(
    await callJson(bench, 'POST', '/api/v1/purge', { all: true }),
    202,
  )
  await until('the purge is done', 20_000, async () => (await taskOf(bench, purge.taskId))?.state === 'done')
  t.equal((await bench.get(`/api/v1/jobs/${id}/cancel`, { method: 'POST' })).status, 204)
  release()
  await until('what was begun ends', 20_000, async () => !(await hasUploads(bench)))
  t.match(await taskOf(bench, id), { state: 'cancelled', total: 9 })
  t.equal(site.paths.length, 4, 'no other address is fetched')

  set.isHeld = true
  const made = await callJson(bench, 'POST', '/api/v1/api-keys', { name: 'one', scopes: ['images:write'] })
  const { id: keyId, secret } = await read<{ id: string; secret: string }>(made, 201)
  const ordered = await order({ url: bench.url, token: secret }, addresses(9))
  await until('they are being fetched', 10_000, () => held.length === 4)
  await bench.get(`/api/v1/api-keys/${keyId}`, { method: 'DELETE' })
  release()
  t.match(await ended(bench, ordered), { state: 'failed', code: 'forbidden', done: 4 })
  t.equal((await resultsOf(bench, ordered, '?state=waiting')).length, 5)
  const failures = () => bench.metric('darkroom_jobs_total', { name: 'import', outcome: 'failed' })
  await until('the failure is counted', 5_000, async () => (await failures()) > 0)
  t.equal(await failures(), 1, 'a cancellation is no failure')
})

const hasUploads = async ({ app }: Bench) =>
  (await app.database.query(`select id from images where state = 'uploading'`)).length > 0
